import { bool, list, password, text } from '../definition.ts'

const BROKER = 'per-broker'

/** Certificates, keys and ciphers of TLS listeners. */
export const sslConfigs = {
  'ssl.keystore.location': text(null, {
    update: BROKER,
    doc: 'File with the certificate and the private key of this node.',
  }),
  'ssl.keystore.type': text('JKS', {
    update: BROKER,
    doc: 'Format of that file, e.g. PEM, PKCS12 or JKS.',
  }),
  'ssl.keystore.password': password({
    update: BROKER,
    doc: 'Password of that file.',
  }),
  'ssl.keystore.key': password({
    update: BROKER,
    doc: 'The private key itself, in PEM.',
  }),
  'ssl.keystore.certificate.chain': password({
    update: BROKER,
    doc: 'The certificates of this node themselves, in PEM.',
  }),
  'ssl.key.password': password({
    update: BROKER,
    doc: 'Password of the private key.',
  }),
  'ssl.truststore.location': text(null, {
    update: BROKER,
    doc: 'File with the certificates that this node trusts.',
  }),
  'ssl.truststore.type': text('JKS', {
    update: BROKER,
    doc: 'Format of that file, e.g. PEM, PKCS12 or JKS.',
  }),
  'ssl.truststore.password': password({
    update: BROKER,
    doc: 'Password of that file.',
  }),
  'ssl.truststore.certificates': password({
    update: BROKER,
    doc: 'The trusted certificates themselves, in PEM.',
  }),
  'ssl.client.auth': text('none', {
    oneOf: ['required', 'requested', 'none'],
    update: BROKER,
    doc: 'Whether clients must show a certificate, may, or are not asked.',
  }),
  'ssl.enabled.protocols': list(['TLSv1.2', 'TLSv1.3'], {
    update: BROKER,
    doc: 'Versions of TLS that are offered.',
  }),
  'ssl.protocol': text('TLSv1.3', {
    update: BROKER,
    doc: 'Version of TLS that is preferred.',
  }),
  'ssl.cipher.suites': list([], {
    update: BROKER,
    doc: 'Ciphers that are offered; empty leaves it to the TLS library.',
  }),
  'ssl.endpoint.identification.algorithm': text('https', {
    importance: 'LOW',
    update: BROKER,
    doc: 'How the name in the certificate of a server is held against its address; empty does not.',
  }),
  'ssl.principal.mapping.rules': text('DEFAULT', {
    importance: 'LOW',
    doc: 'Rules that turn the name in a client certificate into a principal.',
  }),
  'ssl.provider': text(null, {
    update: BROKER,
    doc: 'Accepted for the sake of existing configurations: TLS is that of Node.js.',
  }),
  'ssl.keymanager.algorithm': text('SunX509', {
    update: BROKER,
    doc: 'Accepted for the sake of existing configurations: TLS is that of Node.js.',
  }),
  'ssl.trustmanager.algorithm': text('PKIX', {
    update: BROKER,
    doc: 'Accepted for the sake of existing configurations: TLS is that of Node.js.',
  }),
  'ssl.secure.random.implementation': text(null, {
    importance: 'LOW',
    update: BROKER,
    doc: 'Accepted for the sake of existing configurations: randomness is that of Node.js.',
  }),
  'ssl.allow.dn.changes': bool(false, {
    importance: 'LOW',
    doc: 'Lets a new certificate carry another distinguished name.',
  }),
  'ssl.allow.san.changes': bool(false, {
    importance: 'LOW',
    doc: 'Lets a new certificate leave alternative names out.',
  }),
}
