export { PendingAcks } from './acks.ts'
export { FetchSessions } from './fetch-session.ts'
export type { FetchPlan, FetchTarget } from './fetch-session.ts'
export { awaitBytes } from './fetch-wait.ts'
export { failedFetch, Partition } from './partition.ts'
export type {
  Acks,
  AppendOutcome,
  FetchOutcome,
  FetchSpec,
  TopicProduceRules,
} from './partition.ts'
export { Partitions } from './partitions.ts'
export type { CommitOutcome } from './waiting.ts'
export type { TopicPolicy } from './partitions.ts'
