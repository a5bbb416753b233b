import { INT64_MAX } from '../../../base/index.ts'
import { choice, int, long } from '../definition.ts'

const TYPES = ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'] as const

/** What a produced batch must look like, and what the leader changes about it. */
export const messageConfigs = {
  'max.message.bytes': int(1_048_588, {
    min: 0,
    doc: 'Size of the largest record batch that the topic takes, after compression.',
  }),
  'compression.type': choice('producer', TYPES, {
    doc: 'How batches are stored: as the producer compressed them (producer), or recompressed by the leader to the codec named here, which costs CPU time.',
  }),
  'compression.gzip.level': int(-1, {
    min: 1,
    max: 9,
    or: -1,
    doc: 'Effort of gzip where compression.type is gzip; -1 is the default of the codec.',
  }),
  'compression.lz4.level': int(9, {
    min: 1,
    max: 17,
    doc: 'Effort of lz4 where compression.type is lz4. Without effect in this version, whose lz4 has one level.',
  }),
  'compression.zstd.level': int(3, {
    min: -131_072,
    max: 22,
    doc: 'Effort of zstd where compression.type is zstd.',
  }),
  'message.timestamp.type': choice('CreateTime', ['CreateTime', 'LogAppendTime'], {
    doc: 'Which time records carry: the one that the producer gave them (CreateTime) or that of their arrival at the leader (LogAppendTime).',
  }),
  'message.timestamp.before.max.ms': long(INT64_MAX, {
    min: 0,
    doc: 'How far in the past the time of a record may lie when it arrives. Counts for CreateTime only.',
  }),
  'message.timestamp.after.max.ms': long(3_600_000, {
    min: 0,
    doc: 'How far in the future the time of a record may lie when it arrives. Counts for CreateTime only.',
  }),
}
