import { METADATA_VERSION } from './features.ts'
import type { FeatureRange } from './features.ts'
import type { BrokerImage, ControllerImage } from './image/brokers.ts'
import type { MetadataImage } from './image/image.ts'
import type { PartitionImage } from './image/partition.ts'
import type { TopicImage } from './image/topics.ts'
import { metadataRecord } from './records/record.ts'
import type { MetadataRecord } from './records/record.ts'

/**
 * The records that make an empty image equal to `image`, in the order in which Apache Kafka writes them
 * (MetadataImage.write). Within a kind they are sorted, so equal images give equal records.
 * `metadata.version` comes first: it says how to read the rest.
 */
export function* snapshotRecords(image: MetadataImage): Generator<MetadataRecord> {
  yield* featureRecords(image)
  yield* sorted(image.cluster.brokers.values(), ({ id }) => id).map(brokerRecord)
  yield* sorted(image.cluster.controllers.values(), ({ id }) => id).map(controllerRecord)
  for (const topic of sorted(image.topics, ({ name }) => name)) yield* topicRecords(topic)
  yield* configRecords(image)
  yield* clientQuotaRecords(image)
  if (image.producerIds.next > 0) {
    yield metadataRecord('producerIds', { brokerId: -1, nextProducerId: image.producerIds.next })
  }
  for (const value of sorted(image.acls.values(), ({ id }) => id)) {
    yield { type: 'accessControlEntry', value }
  }
  for (const value of sorted(image.scram, ({ mechanism, name }) => `${mechanism}:${name}`)) {
    yield { type: 'userScramCredential', value }
  }
  for (const value of sorted(image.delegationTokens.values(), ({ tokenId }) => tokenId)) {
    yield { type: 'delegationToken', value }
  }
}

function sorted<T>(items: Iterable<T>, by: (item: T) => string | number): T[] {
  return [...items].sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0))
}

function* featureRecords({ features }: MetadataImage): Generator<MetadataRecord> {
  const rank = (name: string): string => (name === METADATA_VERSION ? '' : name)
  for (const [name, featureLevel] of sorted(features.levels, ([name]) => rank(name))) {
    yield metadataRecord('featureLevel', { name, featureLevel })
  }
}

function brokerRecord(broker: BrokerImage): MetadataRecord {
  return metadataRecord('registerBroker', {
    brokerId: broker.id,
    incarnationId: broker.incarnationId,
    brokerEpoch: broker.epoch,
    endPoints: broker.endpoints,
    features: featureRanges(broker.features),
    rack: broker.rack,
    fenced: broker.fenced,
    inControlledShutdown: broker.inControlledShutdown,
    logDirs: broker.directories,
    cordonedLogDirs: broker.cordonedDirectories,
  })
}

function controllerRecord(controller: ControllerImage): MetadataRecord {
  return metadataRecord('registerController', {
    controllerId: controller.id,
    incarnationId: controller.incarnationId,
    zkMigrationReady: false,
    endPoints: controller.endpoints,
    features: featureRanges(controller.features),
  })
}

function featureRanges(
  features: ReadonlyMap<string, FeatureRange>,
): Array<{ name: string; minSupportedVersion: number; maxSupportedVersion: number }> {
  return [...features].map(([name, { min, max }]) => {
    return { name, minSupportedVersion: min, maxSupportedVersion: max }
  })
}

function* topicRecords({ name, id, partitions }: TopicImage): Generator<MetadataRecord> {
  yield metadataRecord('topic', { name, topicId: id })
  for (const partition of partitions) yield partitionRecord(id, partition)
}

/** The record that gives the whole partition; the controller writes it for new partitions, too. */
export function partitionRecord(topicId: string, partition: PartitionImage): MetadataRecord {
  return metadataRecord('partition', {
    partitionId: partition.index,
    topicId,
    replicas: partition.replicas,
    isr: partition.isr,
    removingReplicas: partition.removingReplicas,
    addingReplicas: partition.addingReplicas,
    leader: partition.leader,
    leaderRecoveryState: partition.leaderRecovering ? 1 : 0,
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
    directories: partition.directories,
    // Tagged: empty lists stay off the wire.
    eligibleLeaderReplicas: partition.elr.length > 0 ? partition.elr : null,
    lastKnownElr: partition.lastKnownElr.length > 0 ? partition.lastKnownElr : null,
  })
}

function* configRecords({ configs }: MetadataImage): Generator<MetadataRecord> {
  const byResource = sorted(configs.resources(), ({ resource: { type, name } }) => {
    return `${String(type).padStart(3, '0')}:${name}`
  })
  for (const { resource, values } of byResource) {
    for (const [name, value] of sorted(values, ([name]) => name)) {
      const { type: resourceType, name: resourceName } = resource
      yield metadataRecord('config', { resourceType, resourceName, name, value })
    }
  }
}

function* clientQuotaRecords({ clientQuotas }: MetadataImage): Generator<MetadataRecord> {
  for (const { entity, values } of sorted(clientQuotas, ({ entity }) => JSON.stringify(entity))) {
    for (const [key, value] of sorted(values, ([key]) => key)) {
      yield metadataRecord('clientQuota', { entity, key, value, remove: false })
    }
  }
}
