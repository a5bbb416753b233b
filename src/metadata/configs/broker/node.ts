import { INT64_MAX } from '../../../base/index.ts'
import { bool, choice, int, list, long, text } from '../definition.ts'

/** Who the node is and where it keeps its data. */
export const nodeConfigs = {
  'node.id': int(null, {
    min: 0,
    importance: 'HIGH',
    doc: 'Number of this node, unique in the cluster and the same for all its roles.',
  }),
  'broker.id': int(-1, {
    importance: 'HIGH',
    doc: 'The old name of node.id; -1 means that node.id counts.',
  }),
  'process.roles': list(null, {
    each: ['broker', 'controller'],
    nonEmpty: true,
    importance: 'HIGH',
    doc: 'What this process is: a broker, a controller, or both.',
  }),
  'broker.rack': text(null, {
    doc: 'Name of the rack, room or zone that the broker stands in. Replicas of a partition are spread over racks.',
  }),
  'log.dir': list(['./data'], {
    nonEmpty: true,
    importance: 'HIGH',
    doc: 'Directory for the logs, where log.dirs names none.',
  }),
  'log.dirs': list(null, {
    nonEmpty: true,
    importance: 'HIGH',
    doc: 'Directories for the logs, best one for each disk. A partition lies in one of them.',
  }),
  'metadata.log.dir': text(null, {
    importance: 'HIGH',
    doc: 'Directory for the metadata log. Default: the first of log.dirs.',
  }),
  'cordoned.log.dirs': list([], {
    update: 'per-broker',
    doc: 'Log directories that take no new replicas, or * for all.',
  }),
  'log.dir.failure.timeout.ms': long(30_000, {
    min: 1,
    importance: 'LOW',
    doc: 'How long a broker whose log directory failed tries to tell the controller before it stops.',
  }),
  'initial.broker.registration.timeout.ms': int(60_000, {
    doc: 'How long a starting broker tries to register with the controllers before it stops.',
  }),
  'broker.heartbeat.interval.ms': int(2000, {
    doc: 'Time between two heartbeats of a broker to the active controller.',
  }),
  'broker.session.timeout.ms': int(9000, {
    doc: 'Time without a heartbeat after which a broker is fenced and its partitions get other leaders.',
  }),
  'controlled.shutdown.enable': bool(true, {
    doc: 'Hands leaderships over to other brokers before the broker stops.',
  }),
  'http.listener': text('127.0.0.1:9644', {
    importance: 'HIGH',
    doc: 'Address and port of health, metrics and administration over HTTP; empty switches it off. A key of Highwater.',
  }),
  'log.flush.before.ack': choice('auto', ['auto', 'true', 'false'], {
    importance: 'HIGH',
    update: 'cluster-wide',
    doc: 'The value of flush.before.ack for topics without one of their own: whether records are on disk before they are acknowledged. A key of Highwater.',
  }),
}

/** The metadata log on this node. */
export const metadataLogConfigs = {
  'metadata.log.max.record.bytes.between.snapshots': long(20_971_520, {
    min: 1,
    importance: 'HIGH',
    doc: 'Bytes of new metadata records after which a snapshot is written.',
  }),
  'metadata.log.max.snapshot.interval.ms': long(3_600_000, {
    min: 0,
    importance: 'HIGH',
    doc: 'Longest time between two snapshots while there are new metadata records; 0 goes by size only.',
  }),
  'metadata.log.segment.bytes': int(1_073_741_824, {
    min: 8_388_608,
    importance: 'HIGH',
    doc: 'Size of a segment of the metadata log.',
  }),
  'metadata.log.segment.ms': long(604_800_000, {
    importance: 'HIGH',
    doc: 'Age at which a segment of the metadata log is closed.',
  }),
  'metadata.max.retention.bytes': long(104_857_600, {
    importance: 'HIGH',
    doc: 'Size of metadata log and snapshots beyond which old ones are dropped.',
  }),
  'metadata.max.retention.ms': long(604_800_000, {
    importance: 'HIGH',
    doc: 'Age at which old snapshots and segments of the metadata log are dropped.',
  }),
  'metadata.max.idle.interval.ms': int(500, {
    min: 0,
    importance: 'LOW',
    doc: 'Time without new records after which the active controller writes one that changes nothing, so that progress shows; 0 writes none. One that votes alone writes none either.',
  }),
  'server.max.startup.time.ms': long(INT64_MAX, {
    min: 0,
    internal: true,
    doc: 'Time after which a start that is not done is given up.',
  }),
}
