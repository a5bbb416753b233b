export { brokerConfig, brokerConfigNames, brokerConfigs } from './configs/broker/broker-configs.ts'
export type { BrokerConfigName, BrokerConfigValue } from './configs/broker/broker-configs.ts'
export { checkBrokerConfigs, checkDynamicBrokerConfigs } from './configs/broker-check.ts'
export type { CheckedBrokerConfigs } from './configs/broker-check.ts'
export { BrokerSettings } from './configs/broker-settings.ts'
export { isSensitive } from './configs/definition.ts'
export type { ConfigDefinition, ConfigType } from './configs/definition.ts'
export {
  describeBrokerConfigs,
  describeDefaultBrokerConfigs,
  describeTopicConfigs,
} from './configs/describe.ts'
export type { ConfigRow, ConfigSynonym } from './configs/describe.ts'
export { planListeners, securityProtocolIds } from './configs/listeners.ts'
export type { Listener, ListenerPlan, SecurityProtocol } from './configs/listeners.ts'
export { configSources } from './configs/source.ts'
export type { ConfigSource } from './configs/source.ts'
export { closestKey } from './configs/suggest.ts'
export { checkTopicConfigs } from './configs/topic-check.ts'
export { flushesBeforeAck, topicSettings } from './configs/topic-settings.ts'
export type { TopicCompressionType, TopicSettings } from './configs/topic-settings.ts'
export { topicConfig, topicConfigNames } from './configs/topic/topic-configs.ts'
export type { TopicConfigName } from './configs/topic/topic-configs.ts'
export { formatConfig, parseConfig } from './configs/value.ts'
export type { ConfigProblem, Parsed } from './configs/value.ts'
export { MetadataError } from './error.ts'
export type { MetadataErrorCode } from './error.ts'
export {
  defaultFeatureLevels,
  features,
  METADATA_VERSION,
  METADATA_VERSION_LATEST,
  METADATA_VERSION_MIN,
  metadataVersionLevel,
  metadataVersionName,
  supportedFeatures,
} from './features.ts'
export type { Feature, FeatureRange } from './features.ts'
export type { AclImage, AclsImage } from './image/acls.ts'
export { endpointOf } from './image/brokers.ts'
export type {
  BrokerImage,
  ClusterDelta,
  ClusterImage,
  ControllerImage,
  Endpoint,
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
