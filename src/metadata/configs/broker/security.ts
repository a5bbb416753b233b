import { bool, className, int, list, password, short, text } from '../definition.ts'

const BROKER = 'per-broker'

/** Who clients are (SASL) and what they may do. */
export const securityConfigs = {
  'authorizer.class.name': text('', {
    importance: 'LOW',
    doc: 'Switches access control on. Every name that ends in StandardAuthorizer means the rules kept in the metadata log.',
  }),
  'super.users': text('', {
    doc: 'Principals that may do everything, as type:name, separated by semicolons.',
  }),
  'allow.everyone.if.no.acl.found': bool(false, {
    doc: 'Allows everything on resources that no rule speaks of.',
  }),
  'principal.builder.class': className(
    'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
    {
      update: BROKER,
      doc: 'Makes the principal of a connection. Only the default is known.',
    },
  ),
  'sasl.enabled.mechanisms': list(['GSSAPI'], {
    update: BROKER,
    doc: 'SASL mechanisms that a listener offers.',
  }),
  'sasl.mechanism.inter.broker.protocol': text('GSSAPI', {
    update: BROKER,
    doc: 'SASL mechanism between brokers.',
  }),
  'sasl.mechanism.controller.protocol': text('GSSAPI', {
    importance: 'HIGH',
    doc: 'SASL mechanism towards controllers.',
  }),
  'sasl.jaas.config': password({
    update: BROKER,
    doc: 'Credentials in the form of a JAAS login context. On a listener it is prefixed with listener and mechanism.',
  }),
  'sasl.server.callback.handler.class': className(null, {
    doc: 'Checks credentials on the side of the server.',
  }),
  'sasl.client.callback.handler.class': className(null, {
    doc: 'Gives credentials on the side of the client.',
  }),
  'sasl.login.callback.handler.class': className(null, {
    doc: 'Gives credentials for the login.',
  }),
  'sasl.login.class': className(null, {
    doc: 'Performs the login.',
  }),
  'sasl.login.refresh.buffer.seconds': short(300, {
    update: BROKER,
    doc: 'How long before its expiry a credential is renewed at the latest.',
  }),
  'sasl.login.refresh.min.period.seconds': short(60, {
    update: BROKER,
    doc: 'Shortest time between two renewals of a credential.',
  }),
  'sasl.server.max.receive.size': int(524_288, {
    doc: 'Size of the largest message during SASL authentication.',
  }),
}
