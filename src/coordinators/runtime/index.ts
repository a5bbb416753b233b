export { Step } from './machine.ts'
export type {
  Decision,
  DraftRecord,
  LoggedRecord,
  Machine,
  RequestId,
  TransactionMarker,
} from './machine.ts'
export { coordinatorPartition } from './partitioner.ts'
export { Shard } from './shard-driver.ts'
export type { Outcome, ShardOptions, ShardPhase } from './shard-driver.ts'
export { ShardLogError } from './shard-log.ts'
export type { AppendedBatch, ShardLog } from './shard-log.ts'
