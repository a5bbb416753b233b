/** What rules the partitions of a topic: from its configuration, the finalized features and the brokers as they are. */
import type { Uuid } from '../base/index.ts'
import { directoryIds, topicSettings } from '../metadata/index.ts'
import type { BrokerSettings, ClusterImage, MetadataImage, TopicImage } from '../metadata/index.ts'
import { ELR_FEATURE } from './activation.ts'
import { isDirectoryOnline } from './elections.ts'
import type { ElectionKind } from './elections.ts'
import type { PartitionRules } from './partition-change.ts'

/** The level of metadata.version that has records for eligible leader replicas. */
export const ELR_RECORDS_SINCE = 23

export function hasElr({ features }: MetadataImage): boolean {
  return features.level(ELR_FEATURE) > 0 && features.metadataVersion >= ELR_RECORDS_SINCE
}

interface RuleOptions {
  /** Default: `unclean` where the topic allows it, else `online`. */
  readonly election?: ElectionKind
  /** Default: brokers that are active in the image. */
  readonly isActive?: (brokerId: number) => boolean
}

/** The rules of a topic's partitions, worked out once for each topic that a decision touches. */
export function rulesByTopic(
  image: MetadataImage,
  broker: BrokerSettings,
  options: RuleOptions = {},
): (topic: TopicImage) => PartitionRules {
  const known = new Map<TopicImage, PartitionRules>()
  return (topic) => {
    const rules = known.get(topic) ?? partitionRules(image, topic, broker, options)
    known.set(topic, rules)
    return rules
  }
}

function partitionRules(
  image: MetadataImage,
  topic: TopicImage,
  broker: BrokerSettings,
  options: RuleOptions,
): PartitionRules {
  const { cluster } = image
  const settings = topicSettings(image.configs.ofTopic(topic.name), broker)
  const { isActive = (id: number) => cluster.isActive(id) } = options
  const replicationFactor = topic.partitions[0]?.replicas.length ?? 1
  return {
    metadataVersion: image.features.metadataVersion,
    hasElr: hasElr(image),
    minInSyncReplicas: Math.min(settings.minInsyncReplicas, replicationFactor),
    election: options.election ?? (settings.uncleanLeaderElection ? 'unclean' : 'online'),
    canLead: (partition, id) => isActive(id) && isDirectoryOnline(cluster, partition, id),
    defaultDirectory: (id) => defaultDirectory(cluster, id),
  }
}

/** With one log directory there is no choice to be made; with several the broker makes it. */
export function defaultDirectory(cluster: ClusterImage, brokerId: number): Uuid {
  const directories = cluster.broker(brokerId)?.directories
  if (directories === undefined) return directoryIds.UNASSIGNED
  if (directories.length === 0) return directoryIds.MIGRATING
  if (directories.length > 1) return directoryIds.UNASSIGNED
  return directories[0] as Uuid
}
