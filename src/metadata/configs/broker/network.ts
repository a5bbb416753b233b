import { INT32_MAX } from '../../../base/index.ts'
import { int, list, long, text } from '../definition.ts'

/** Listeners, connections, and what they may use. */
export const networkConfigs = {
  listeners: list(['PLAINTEXT://127.0.0.1:9092'], {
    nonEmpty: true,
    importance: 'HIGH',
    update: 'per-broker',
    doc: 'Where the node listens, as NAME://host:port. No host means every interface, port 0 any free port.',
  }),
  'advertised.listeners': list(null, {
    importance: 'HIGH',
    doc: 'Where clients and other nodes reach the node, as NAME://host:port. Default: the value of listeners.',
  }),
  'listener.security.protocol.map': text(
    'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    {
      importance: 'LOW',
      update: 'per-broker',
      doc: 'The security protocol of each listener, as NAME:PROTOCOL pairs.',
    },
  ),
  'inter.broker.listener.name': text(null, {
    doc: 'Name of the listener over which brokers talk to each other. Default: the one whose name is security.inter.broker.protocol.',
  }),
  'security.inter.broker.protocol': text('PLAINTEXT', {
    oneOf: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
    doc: 'Security protocol between brokers, where inter.broker.listener.name is not set.',
  }),
  'early.start.listeners': list(null, {
    importance: 'HIGH',
    doc: 'Listeners that open before the node has its metadata. Default: those of controllers.',
  }),
  'num.network.threads': int(3, {
    min: 1,
    importance: 'HIGH',
    update: 'cluster-wide',
    doc: 'Accepted for the sake of existing configurations: connections are served by the event loop, whatever the number.',
  }),
  'num.io.threads': int(8, {
    min: 1,
    importance: 'HIGH',
    update: 'cluster-wide',
    doc: 'Accepted for the sake of existing configurations: requests are served by the event loop, whatever the number.',
  }),
  'background.threads': int(10, {
    min: 1,
    importance: 'HIGH',
    update: 'cluster-wide',
    doc: 'Accepted for the sake of existing configurations: background work runs on the event loop, whatever the number.',
  }),
  'socket.request.max.bytes': int(104_857_600, {
    min: 1,
    importance: 'HIGH',
    doc: 'Size of the largest request. A longer one closes its connection.',
  }),
  'socket.send.buffer.bytes': int(102_400, {
    importance: 'HIGH',
    doc: 'Send buffer of a socket; -1 leaves it to the operating system.',
  }),
  'socket.receive.buffer.bytes': int(102_400, {
    importance: 'HIGH',
    doc: 'Receive buffer of a socket; -1 leaves it to the operating system.',
  }),
  'socket.listen.backlog.size': int(50, {
    min: 1,
    doc: 'Connections that may wait to be accepted.',
  }),
  'socket.connection.setup.timeout.ms': long(10_000, {
    doc: 'How long a connection to another node may take to be made, the first time.',
  }),
  'socket.connection.setup.timeout.max.ms': long(30_000, {
    doc: 'How long a connection to another node may take to be made after repeated failures.',
  }),
  'max.connections': int(8192, {
    min: 0,
    update: 'cluster-wide',
    doc: 'Connections that the broker keeps at a time. Apache Kafka sets no limit unless told to.',
  }),
  'max.connections.per.ip': int(1024, {
    min: 0,
    update: 'cluster-wide',
    doc: 'Connections that the broker keeps at a time from one address. Apache Kafka sets no limit unless told to.',
  }),
  'max.connections.per.ip.overrides': text('', {
    update: 'cluster-wide',
    doc: 'Other limits for some addresses, as address:number pairs.',
  }),
  'max.connection.creation.rate': int(INT32_MAX, {
    min: 0,
    update: 'cluster-wide',
    doc: 'New connections per second.',
  }),
  'connections.max.idle.ms': long(600_000, {
    doc: 'Time without a request after which a connection is closed.',
  }),
  'connections.max.reauth.ms': long(0, {
    doc: 'Time after which a client must authenticate anew or lose its connection; 0 never asks.',
  }),
  'connection.failed.authentication.delay.ms': int(100, {
    min: 0,
    importance: 'LOW',
    doc: 'How long a connection stays open after a failed authentication, to slow guessing down.',
  }),
  'queued.max.requests': int(500, {
    min: 1,
    importance: 'HIGH',
    doc: 'Requests that may wait to be served before no more are read.',
  }),
  'queued.max.request.bytes': long(268_435_456, {
    doc: 'Bytes of requests in memory before no more are read; -1 is no limit, which is the default of Apache Kafka.',
  }),
  'request.timeout.ms': int(30_000, {
    importance: 'HIGH',
    doc: 'How long a node waits for the answer of another one.',
  }),
  'fetch.max.bytes': int(57_671_680, {
    min: 1024,
    doc: 'Size of the largest answer to a fetch, whatever the client asks for.',
  }),
  'max.incremental.fetch.session.cache.slots': int(1000, {
    min: 0,
    doc: 'Fetch sessions that the broker keeps at a time.',
  }),
  'max.request.partition.size.limit': int(2000, {
    min: 1,
    doc: 'Partitions in one answer to DescribeTopicPartitions.',
  }),
  'fetch.purgatory.purge.interval.requests': int(1000, {
    doc: 'Accepted for the sake of existing configurations: fetches that were answered are forgotten at once.',
  }),
  'producer.purgatory.purge.interval.requests': int(1000, {
    doc: 'Accepted for the sake of existing configurations: produce requests that were answered are forgotten at once.',
  }),
  'delete.records.purgatory.purge.interval.requests': int(1, {
    doc: 'Accepted for the sake of existing configurations: requests that were answered are forgotten at once.',
  }),
}
