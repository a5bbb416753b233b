import { INT64_MAX } from '../../../base/index.ts'
import { bool, double, int, long } from '../definition.ts'

const CLUSTER = 'cluster-wide'

/** Compaction. */
export const cleanerConfigs = {
  'log.cleaner.enable': bool(true, {
    doc: 'Compacts topics that ask for it. Off, topics with the policy compact grow without end, the offsets of consumers among them.',
  }),
  'log.cleaner.threads': int(1, {
    min: 0,
    update: CLUSTER,
    doc: 'Logs that are compacted at the same time.',
  }),
  'log.cleaner.io.max.bytes.per.second': double(Number.MAX_VALUE, {
    update: CLUSTER,
    doc: 'Bytes that compaction reads and writes per second.',
  }),
  'log.cleaner.dedupe.buffer.size': long(134_217_728, {
    update: CLUSTER,
    doc: 'Memory for the keys that one round of compaction takes in.',
  }),
  'log.cleaner.io.buffer.size': int(524_288, {
    min: 0,
    update: CLUSTER,
    doc: 'Memory for the records that compaction reads and writes.',
  }),
  'log.cleaner.io.buffer.load.factor': double(0.9, {
    update: CLUSTER,
    doc: 'How full the memory for keys may get.',
  }),
  'log.cleaner.backoff.ms': long(15_000, {
    min: 0,
    update: CLUSTER,
    doc: 'Wait after a search that found no log worth compacting.',
  }),
  'log.cleaner.min.cleanable.ratio': double(0.5, {
    min: 0,
    max: 1,
    update: CLUSTER,
    doc: 'Share of a log that must be uncompacted before it is worth compacting.',
  }),
  'log.cleaner.delete.retention.ms': long(86_400_000, {
    min: 0,
    update: CLUSTER,
    doc: 'How long a compacted topic keeps the markers of deleted keys.',
  }),
  'log.cleaner.min.compaction.lag.ms': long(0, {
    min: 0,
    update: CLUSTER,
    doc: 'Time for which a record is safe from compaction.',
  }),
  'log.cleaner.max.compaction.lag.ms': long(INT64_MAX, {
    min: 1,
    update: CLUSTER,
    doc: 'Time after which a record must come up for compaction.',
  }),
}
