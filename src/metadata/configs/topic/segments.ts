import { INT64_MAX } from '../../../base/index.ts'
import { bool, choice, int, long } from '../definition.ts'

/** How a partition's log lies on disk, and when it is forced to it. */
export const segmentConfigs = {
  'segment.bytes': int(1_073_741_824, {
    min: 1_048_576,
    doc: 'Size of a log segment. Retention and compaction work on whole segments, so smaller ones are freed in finer steps and make more files.',
  }),
  'internal.segment.bytes': int(null, {
    internal: true,
    doc: 'Overrides segment.bytes without its lower limit, for tests.',
  }),
  'segment.ms': long(604_800_000, {
    min: 1,
    doc: 'Age at which a segment is closed even if it is not full, so that retention and compaction can get at its records.',
  }),
  'segment.jitter.ms': long(0, {
    min: 0,
    doc: 'At most this much is taken off segment.ms, by chance, so that the segments of many partitions are not closed at the same moment.',
  }),
  'segment.index.bytes': int(10_485_760, {
    min: 4,
    doc: 'Size of the file that maps offsets to positions in a segment. A full index closes the segment.',
  }),
  'index.interval.bytes': int(4096, {
    min: 0,
    doc: 'Bytes of records between two entries of the offset index. Less makes reads start nearer to their offset, and the index larger.',
  }),
  preallocate: bool(false, {
    doc: 'Reserves the full size of a new segment file on disk at once.',
  }),
  'file.delete.delay.ms': long(60_000, {
    min: 0,
    doc: 'How long a deleted segment file stays on disk under another name before it is removed.',
  }),
  'flush.messages': long(INT64_MAX, {
    min: 1,
    doc: 'Number of records after which the log is forced to disk; 1 is after every record batch. With replication this is rarely needed.',
  }),
  'flush.ms': long(INT64_MAX, {
    min: 0,
    doc: 'Longest time for which a record may lie in memory only before the log is forced to disk. With replication this is rarely needed.',
  }),
  'flush.before.ack': choice('auto', ['auto', 'true', 'false'], {
    doc: 'Whether records are on disk before they are acknowledged, and on the disks of enough in-sync replicas for acks=all. The value auto means true where all replicas share one point of failure: a single replica, or one named rack for all. A key of Highwater.',
  }),
}
