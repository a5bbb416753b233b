export {
  controlTypes,
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from './control-records.ts'
export { QuorumError } from './error.ts'
export type { QuorumErrorCode } from './error.ts'
export type { DirectoryIdentity, FeatureLevels } from './format.ts'
export { planFormat } from './format-plan.ts'
export type { FormatFlags, FormatNode } from './format-plan.ts'
export { formatDirectories, readBootstrapRecords, readIdentity } from './format-driver.ts'
export type { FormatDeps, FormatOptions, FormattedDirectory } from './format-driver.ts'
export { METADATA_LOG, openMetadataLog } from './log-driver.ts'
export { METADATA_BATCH_SIZE_MAX } from './metadata-batch.ts'
export { Quorum } from './quorum-driver.ts'
export type { Appended } from './quorum-driver.ts'
export type { KnownLeader, LeaderChange, QuorumOptions } from './quorum-options.ts'
export type { MetadataListener } from './delivery-driver.ts'
export type { QuorumDeps } from './replica-driver.ts'
export type { HostPort, QuorumTimings } from './state.ts'
export { RETENTION_DEFAULTS } from './snapshot-keeper-driver.ts'
export type { RetentionOptions } from './snapshot-keeper-driver.ts'
export { decodeSnapshot, parseSnapshotFileName } from './snapshot-file.ts'
export type { Snapshot, SnapshotId } from './snapshot-file.ts'
export type { Voter, VoterEndpoint, VoterSet } from './voters.ts'
