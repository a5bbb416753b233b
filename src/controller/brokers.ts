/**
 * Brokers joining, becoming ready and leaving (ClusterControlManager in Apache Kafka). A process registers with each start, under a new
 * incarnation and fenced; it is unfenced when it has caught up with the metadata log.
 */
import { uuidToBytes } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import { applyRecords, METADATA_VERSION, metadataRecord } from '../metadata/index.ts'
import type { BrokerImage, ClusterImage, MetadataImage, MetadataRecord } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { BrokerRegistrationRequest, BrokerRegistrationResponse } from '../protocol/index.ts'
import type { ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { electLeader } from './elections.ts'

type Registration = RequestOf<typeof BrokerRegistrationRequest>
type RegistrationAnswer = ResponseOf<typeof BrokerRegistrationResponse>

/** Answer to what a registered broker asks. */
export interface BrokerAnswer {
  readonly errorCode: number
}

/**
 * Registers a broker process. Its epoch is the offset of the record, so that it grows with every incarnation; a repeated request of the
 * same incarnation keeps epoch and fencing (KAFKA-16952).
 *
 * A broker that comes back after an unclean stop (its previous epoch is not the one that the log has) may have lost the end of its logs.
 * Where it is the only in-sync replica nobody has more, so it goes on leading, but in a new leader epoch: what it appends now must not
 * pass for the records that were lost at the same offsets (KIP-101, KIP-320). After a clean stop its logs are what they were, and neither
 * leader nor epoch changes; a restart with 10,000 partitions writes two records.
 */
export function registerBroker(
  image: MetadataImage,
  request: Registration,
  { clusterId, nextOffset }: ControllerContext,
): Decision<RegistrationAnswer> {
  const errorCode = registrationError(image, request, clusterId)
  if (errorCode !== errorCodes.NONE) return { records: [], response: { errorCode } }
  const known = image.cluster.broker(request.brokerId)
  const again = known?.incarnationId === request.incarnationId ? known : undefined
  const brokerEpoch = again?.epoch ?? nextOffset
  const records = [registrationRecord(request, brokerEpoch, again)]
  if (again === undefined && known !== undefined && known.epoch !== request.previousBrokerEpoch) {
    records.push(...leaderEpochBumps(image, request.brokerId))
  }
  return { records, response: { errorCode: errorCodes.NONE, brokerEpoch }, divisible: true }
}

function registrationRecord(
  request: Registration,
  brokerEpoch: number,
  again: BrokerImage | undefined,
): MetadataRecord {
  return metadataRecord('registerBroker', {
    brokerId: request.brokerId,
    incarnationId: request.incarnationId,
    brokerEpoch,
    endPoints: request.listeners,
    features: request.features,
    rack: request.rack,
    fenced: again?.fenced ?? true,
    inControlledShutdown: again?.inControlledShutdown ?? false,
    logDirs: request.logDirs,
  })
}

function registrationError(image: MetadataImage, request: Registration, clusterId: Uuid): number {
  if (request.clusterId !== clusterId) return errorCodes.INCONSISTENT_CLUSTER_ID
  if (request.isMigratingZkBroker) return errorCodes.BROKER_ID_NOT_REGISTERED
  if (!areDirectoriesValid(image.cluster, request)) return errorCodes.INVALID_REGISTRATION
  return supportsFeatures(image, request) ? errorCodes.NONE : errorCodes.UNSUPPORTED_VERSION
}

/** Some, none twice, none reserved, none that another broker has: a copied disk must not pass for two (KAFKA-16234). */
function areDirectoriesValid(cluster: ClusterImage, { brokerId, logDirs }: Registration): boolean {
  if (logDirs.length === 0 || new Set(logDirs).size !== logDirs.length) return false
  if (logDirs.some(isReserved)) return false
  for (const broker of cluster.brokers.values()) {
    if (broker.id !== brokerId && broker.directories.some((id) => logDirs.includes(id)))
      return false
  }
  return true
}

/** One of the first 100 ids, which have or may get a meaning. */
function isReserved(directoryId: Uuid): boolean {
  const bytes = uuidToBytes(directoryId)
  return bytes.readUInt32BE(12) < 100 && bytes.subarray(0, 12).every((byte) => byte === 0)
}

/** Every finalized level lies in the broker's range; a broker that does not name metadata.version knows too old a one. */
function supportsFeatures(image: MetadataImage, { features }: Registration): boolean {
  const ranges = new Map(features.map((feature) => [feature.name, feature]))
  if (!ranges.has(METADATA_VERSION)) return false
  for (const [name, level] of image.features.levels) {
    const range = ranges.get(name)
    if (range === undefined) return false
    if (level < range.minSupportedVersion || level > range.maxSupportedVersion) return false
  }
  return true
}

/** One record per partition that the broker leads as the only in-sync replica: naming a leader raises the leader epoch. */
function* leaderEpochBumps(image: MetadataImage, brokerId: number): Generator<MetadataRecord> {
  for (const topic of image.topics) {
    for (const { index, leader, isr } of topic.partitions) {
      if (leader !== brokerId || isr.length !== 1) continue
      yield metadataRecord('partitionChange', { topicId: topic.id, partitionId: index, leader })
    }
  }
}

/** NONE when this is the epoch of the registered incarnation, else STALE_BROKER_EPOCH. */
export function brokerEpochError(
  cluster: ClusterImage,
  brokerId: number,
  brokerEpoch: number,
): number {
  return cluster.broker(brokerId)?.epoch === brokerEpoch
    ? errorCodes.NONE
    : errorCodes.STALE_BROKER_EPOCH
}

/** Lets the broker take part: it may lead, and gets the partitions that only it can lead now. */
export function unfenceBroker(
  image: MetadataImage,
  brokerId: number,
  brokerEpoch: number,
): Decision<BrokerAnswer> {
  const errorCode = brokerEpochError(image.cluster, brokerId, brokerEpoch)
  if (errorCode !== errorCodes.NONE) return { records: [], response: { errorCode } }
  if (image.cluster.isAlive(brokerId)) return { records: [], response: { errorCode } }
  const unfence = metadataRecord('brokerRegistrationChange', { brokerId, brokerEpoch, fenced: -1 })
  const { cluster } = applyRecords(image, [unfence])
  const records: MetadataRecord[] = [unfence]
  for (const topic of image.topics) {
    for (const partition of topic.partitions) {
      if (partition.leader >= 0) continue
      const elected = electLeader(cluster, topic.id, partition)
      if (elected !== null) records.push(elected)
    }
  }
  return { records, response: { errorCode }, divisible: true }
}

/**
 * Marks the broker as about to leave: from now on nothing new is placed on it. Partitions of which it is the only in-sync replica keep it
 * as their leader, because there is nobody to hand them to.
 */
export function beginControlledShutdown(
  image: MetadataImage,
  brokerId: number,
  brokerEpoch: number,
): Decision<BrokerAnswer> {
  const errorCode = brokerEpochError(image.cluster, brokerId, brokerEpoch)
  const isLeaving = image.cluster.broker(brokerId)?.inControlledShutdown === true
  if (errorCode !== errorCodes.NONE || isLeaving) return { records: [], response: { errorCode } }
  const change = { brokerId, brokerEpoch, inControlledShutdown: 1 }
  return { records: [metadataRecord('brokerRegistrationChange', change)], response: { errorCode } }
}
