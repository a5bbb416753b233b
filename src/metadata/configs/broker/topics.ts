import { bool, choice, int, long } from '../definition.ts'

const CLUSTER = 'cluster-wide'
const TYPES = ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'] as const

/** How topics come and go, and what their messages look like. */
export const topicDefaultConfigs = {
  'auto.create.topics.enable': bool(true, {
    importance: 'HIGH',
    doc: 'Creates a topic when a client asks for one that does not exist.',
  }),
  'delete.topic.enable': bool(true, {
    importance: 'HIGH',
    doc: 'Lets clients delete topics.',
  }),
  'num.partitions': int(1, {
    min: 1,
    doc: 'Partitions of a topic whose creator names no number.',
  }),
  'default.replication.factor': int(1, {
    doc: 'Replicas of a topic whose creator names no number.',
  }),
  'min.insync.replicas': int(1, {
    min: 1,
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Number of in-sync replicas without which a partition takes no writes with acks=all.',
  }),
  'unclean.leader.election.enable': bool(false, {
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Lets a replica that is out of sync become leader when no other is left, which may lose acknowledged records.',
  }),
  'unclean.leader.election.interval.ms': long(300_000, {
    min: 1,
    internal: true,
    doc: 'How often the controller looks for partitions that an unclean election would bring back.',
  }),
  'message.max.bytes': int(1_048_588, {
    min: 0,
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Size of the largest record batch that a topic takes, after compression.',
  }),
  'compression.type': choice('producer', TYPES, {
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'How batches are stored: as the producer compressed them (producer), or recompressed to the codec named here.',
  }),
  'compression.gzip.level': int(-1, {
    min: 1,
    max: 9,
    or: -1,
    update: CLUSTER,
    doc: 'Effort of gzip where compression.type is gzip; -1 is the default of the codec.',
  }),
  'compression.lz4.level': int(9, {
    min: 1,
    max: 17,
    update: CLUSTER,
    doc: 'Effort of lz4 where compression.type is lz4.',
  }),
  'compression.zstd.level': int(3, {
    min: -131_072,
    max: 22,
    update: CLUSTER,
    doc: 'Effort of zstd where compression.type is zstd.',
  }),
}
