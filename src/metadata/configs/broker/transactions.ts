import { bool, int, short } from '../definition.ts'

/** Idempotent and transactional producers. */
export const transactionConfigs = {
  'producer.id.expiration.ms': int(86_400_000, {
    min: 1,
    importance: 'LOW',
    update: 'cluster-wide',
    doc: 'How long a partition remembers the sequence of a producer that writes no more.',
  }),
  'producer.id.expiration.check.interval.ms': int(600_000, {
    min: 1,
    importance: 'LOW',
    internal: true,
    doc: 'How often forgotten producers are searched.',
  }),
  'transaction.max.timeout.ms': int(900_000, {
    min: 1,
    importance: 'HIGH',
    doc: 'Longest timeout that a transactional producer may ask for.',
  }),
  'transactional.id.expiration.ms': int(604_800_000, {
    min: 1,
    importance: 'HIGH',
    doc: 'How long a transactional id without a transaction is remembered.',
  }),
  'transaction.state.log.replication.factor': short(3, {
    min: 1,
    importance: 'HIGH',
    doc: 'Replicas of the topic of transactions. The topic is not created before there are as many brokers.',
  }),
  'transaction.state.log.min.isr': int(2, {
    min: 1,
    importance: 'HIGH',
    doc: 'Value of min.insync.replicas for the topic of transactions.',
  }),
  'transaction.state.log.num.partitions': int(50, {
    min: 1,
    importance: 'HIGH',
    doc: 'Partitions of the topic of transactions. Must not change once the topic exists.',
  }),
  'transaction.state.log.segment.bytes': int(104_857_600, {
    min: 1,
    importance: 'HIGH',
    doc: 'Segment size of the topic of transactions, small to keep compaction and loading quick.',
  }),
  'transaction.state.log.load.buffer.size': int(5_242_880, {
    min: 1,
    importance: 'HIGH',
    doc: 'Bytes read at a time when transactions are loaded.',
  }),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int(10_000, {
    min: 1,
    importance: 'LOW',
    doc: 'How often transactions that took too long are searched and aborted.',
  }),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int(3_600_000, {
    min: 1,
    importance: 'LOW',
    doc: 'How often expired transactional ids are searched and forgotten.',
  }),
  'transaction.partition.verification.enable': bool(true, {
    importance: 'LOW',
    update: 'cluster-wide',
    doc: 'Asks the transaction coordinator before a partition takes the first records of a transaction.',
  }),
  'transaction.two.phase.commit.enable': bool(false, {
    importance: 'LOW',
    doc: 'Lets transactional producers take part in a two-phase commit (KIP-939).',
  }),
}
