import { int, long, short } from '../definition.ts'

/** Committed offsets and the topic that holds them. */
export const offsetConfigs = {
  'offsets.topic.num.partitions': int(50, {
    min: 1,
    importance: 'HIGH',
    doc: 'Partitions of the topic of committed offsets. Must not change once the topic exists.',
  }),
  'offsets.topic.replication.factor': short(3, {
    min: 1,
    importance: 'HIGH',
    doc: 'Replicas of the topic of committed offsets. The topic is not created before there are as many brokers.',
  }),
  'offsets.topic.segment.bytes': int(104_857_600, {
    min: 1,
    importance: 'HIGH',
    doc: 'Segment size of the topic of committed offsets, small to keep compaction and loading quick.',
  }),
  'offsets.topic.compression.codec': int(0, {
    min: 0,
    max: 4,
    importance: 'HIGH',
    doc: 'Codec of the topic of committed offsets: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.',
  }),
  'offsets.load.buffer.size': int(5_242_880, {
    min: 1,
    importance: 'HIGH',
    doc: 'Bytes read at a time when groups are loaded.',
  }),
  'offsets.commit.timeout.ms': int(5000, {
    min: 1,
    importance: 'HIGH',
    doc: 'How long a commit waits for its replicas.',
  }),
  'offsets.retention.minutes': int(10_080, {
    min: 1,
    importance: 'HIGH',
    doc: 'How long the offsets of a group are kept after its last member left.',
  }),
  'offsets.retention.check.interval.ms': long(600_000, {
    min: 1,
    importance: 'HIGH',
    doc: 'How often expired offsets are searched.',
  }),
  'offset.metadata.max.bytes': int(4096, {
    importance: 'HIGH',
    doc: 'Size of the text that a client may store with an offset.',
  }),
}
