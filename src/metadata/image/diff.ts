import { isDeepStrictEqual } from 'node:util'
import type { ClusterDelta, ClusterImage } from './brokers.ts'
import type { ConfigResource, ConfigsImage } from './configs.ts'
import type { MetadataDelta, MetadataImage } from './image.ts'
import type { PersistentMap } from './persistent-map.ts'
import type { PartitionDelta, TopicImage, TopicsDelta, TopicsImage } from './topics.ts'

/**
 * What differs between two images of which none was made from the other: after a snapshot. Looks at
 * everything; for ordinary batches the editor knows what it touched.
 */
export function diffImages(before: MetadataImage, image: MetadataImage): MetadataDelta {
  return {
    before,
    image,
    topics: diffTopics(before.topics, image.topics),
    cluster: diffClusters(before.cluster, image.cluster),
    configs: diffConfigs(before.configs, image.configs),
  }
}

function diffTopics(before: TopicsImage, after: TopicsImage): TopicsDelta {
  const created: TopicImage[] = []
  const partitions: PartitionDelta[] = []
  for (const topic of after) {
    const old = before.byId(topic.id)
    if (old === undefined) created.push(topic)
    for (const partition of topic.partitions) {
      const was = old?.partitions[partition.index]
      if (!isDeepStrictEqual(was, partition)) partitions.push({ topic, partition, before: was })
    }
  }
  const removed = [...before].filter(({ id }) => after.byId(id) === undefined)
  return { created, removed, partitions }
}

function diffClusters(before: ClusterImage, after: ClusterImage): ClusterDelta {
  return {
    brokers: changedKeys(before.brokers, after.brokers),
    controllers: changedKeys(before.controllers, after.controllers),
  }
}

function diffConfigs(before: ConfigsImage, after: ConfigsImage): ConfigResource[] {
  return changedKeys(before.byKey, after.byKey).flatMap((key) => {
    return (after.byKey.get(key) ?? before.byKey.get(key))?.resource ?? []
  })
}

/** Keys that only one of the maps has, or that have different values. */
function changedKeys<K extends string | number, V>(
  before: PersistentMap<K, V>,
  after: PersistentMap<K, V>,
): K[] {
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys].filter((key) => !isDeepStrictEqual(before.get(key), after.get(key)))
}
