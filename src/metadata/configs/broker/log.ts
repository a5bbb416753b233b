import { INT64_MAX } from '../../../base/index.ts'
import { bool, choice, int, list, long } from '../definition.ts'

const CLUSTER = 'cluster-wide'

/** The broker's values for topics that have none of their own: segments, flush, retention. */
export const logConfigs = {
  'log.segment.bytes': int(1_073_741_824, {
    min: 1_048_576,
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Size of a log segment.',
  }),
  'log.roll.ms': long(null, {
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Age at which a segment is closed even if it is not full. Default: log.roll.hours.',
  }),
  'log.roll.hours': int(168, {
    min: 1,
    importance: 'HIGH',
    doc: 'Age in hours at which a segment is closed even if it is not full. Gives way to log.roll.ms.',
  }),
  'log.roll.jitter.ms': long(null, {
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'At most this much is taken off the age at which segments are closed. Default: log.roll.jitter.hours.',
  }),
  'log.roll.jitter.hours': int(0, {
    min: 0,
    importance: 'HIGH',
    doc: 'At most this many hours are taken off the age at which segments are closed. Gives way to log.roll.jitter.ms.',
  }),
  'log.index.size.max.bytes': int(10_485_760, {
    min: 4,
    update: CLUSTER,
    doc: 'Size of the offset index of a segment.',
  }),
  'log.index.interval.bytes': int(4096, {
    min: 0,
    update: CLUSTER,
    doc: 'Bytes of records between two entries of the offset index.',
  }),
  'log.preallocate': bool(false, {
    update: CLUSTER,
    doc: 'Reserves the full size of a new segment file on disk at once.',
  }),
  'log.segment.delete.delay.ms': long(60_000, {
    min: 0,
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'How long a deleted file stays on disk under another name before it is removed.',
  }),
  'log.flush.interval.messages': long(INT64_MAX, {
    min: 1,
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Number of records in a partition after which its log is forced to disk.',
  }),
  'log.flush.interval.ms': long(null, {
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Longest time for which a record may lie in memory only. Default: log.flush.scheduler.interval.ms.',
  }),
  'log.flush.scheduler.interval.ms': long(INT64_MAX, {
    importance: 'HIGH',
    doc: 'How often logs are held against their flush interval; left out, as often as the interval needs.',
  }),
  'log.flush.offset.checkpoint.interval.ms': int(60_000, {
    min: 0,
    importance: 'HIGH',
    doc: 'How often the recovery points are written down, from which a log is checked after a crash.',
  }),
  'log.flush.start.offset.checkpoint.interval.ms': int(60_000, {
    min: 0,
    importance: 'HIGH',
    doc: 'How often the start offsets of the logs are written down.',
  }),
  'log.retention.ms': long(null, {
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Age at which segments are dropped; -1 keeps them for ever. Default: log.retention.minutes.',
  }),
  'log.retention.minutes': int(null, {
    importance: 'HIGH',
    doc: 'Age in minutes at which segments are dropped. Gives way to log.retention.ms. Default: log.retention.hours.',
  }),
  'log.retention.hours': int(168, {
    importance: 'HIGH',
    doc: 'Age in hours at which segments are dropped. Gives way to log.retention.ms and log.retention.minutes.',
  }),
  'log.retention.bytes': long(-1, {
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Size of a partition beyond which its oldest segments are dropped; -1 is no limit.',
  }),
  'log.retention.check.interval.ms': long(300_000, {
    min: 1,
    doc: 'How often logs are searched for segments to drop.',
  }),
  'log.local.retention.ms': long(-2, {
    min: -2,
    update: CLUSTER,
    doc: 'Age at which segments that are in remote storage are dropped locally. Without effect: Highwater has no remote storage.',
  }),
  'log.local.retention.bytes': long(-2, {
    min: -2,
    update: CLUSTER,
    doc: 'Size beyond which segments that are in remote storage are dropped locally. Without effect: Highwater has no remote storage.',
  }),
  'log.message.timestamp.type': choice('CreateTime', ['CreateTime', 'LogAppendTime'], {
    update: CLUSTER,
    doc: 'Which time records carry: that of their producer or that of their arrival.',
  }),
  'log.message.timestamp.before.max.ms': long(INT64_MAX, {
    min: 0,
    update: CLUSTER,
    doc: 'How far in the past the time of a record may lie when it arrives.',
  }),
  'log.message.timestamp.after.max.ms': long(3_600_000, {
    min: 0,
    update: CLUSTER,
    doc: 'How far in the future the time of a record may lie when it arrives.',
  }),
  'num.recovery.threads.per.data.dir': int(2, {
    min: 1,
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Logs of one directory that are recovered at the same time when the node starts after a crash.',
  }),
  'log.cleanup.policy': list(['delete'], {
    each: ['compact', 'delete'],
    update: CLUSTER,
    doc: 'What is done with old records: delete, compact, or both.',
  }),
}
