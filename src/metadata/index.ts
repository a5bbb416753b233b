export { MetadataError } from './error.ts'
export type { MetadataErrorCode } from './error.ts'
export { METADATA_VERSION, METADATA_VERSION_LATEST, METADATA_VERSION_MIN } from './features.ts'
export type { AclImage, AclsImage } from './image/acls.ts'
export { endpointOf } from './image/brokers.ts'
export type {
  BrokerImage,
  ClusterDelta,
  ClusterImage,
  ControllerImage,
  Endpoint,
  FeatureRange,
} from './image/brokers.ts'
export type { ClientQuota, ClientQuotaEntity, ClientQuotasImage } from './image/client-quotas.ts'
export { configResourceTypes } from './image/configs.ts'
export type { ConfigResource, ConfigsImage, ResourceConfig } from './image/configs.ts'
export type { DelegationToken, DelegationTokensImage } from './image/delegation-tokens.ts'
export type { FeaturesImage } from './image/features.ts'
export { applyRecords, emptyImage, ImageEditor } from './image/image.ts'
export type { MetadataDelta, MetadataImage, Provenance } from './image/image.ts'
export { directoryIds } from './image/partition.ts'
export type { PartitionImage } from './image/partition.ts'
export type { ScramCredential, ScramImage } from './image/scram.ts'
export type { PartitionDelta, TopicImage, TopicsDelta, TopicsImage } from './image/topics.ts'
export { MetadataLoader } from './loader.ts'
export type { CommittedBatch } from './loader.ts'
export { decodeRecord, encodeRecord } from './records/framing.ts'
export { metadataRecord, metadataRecords, recordSchemas } from './records/record.ts'
export type { MetadataRecord, MetadataRecordType, RecordOf, RecordValue } from './records/record.ts'
export { recordVersion } from './records/version.ts'
export { partitionRecord, snapshotRecords } from './snapshot.ts'
