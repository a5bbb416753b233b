/**
 * Brokers joining (ClusterControlManager in Apache Kafka). A process registers with each start, under a new incarnation and fenced; it is
 * unfenced when it has caught up with the metadata log.
 */
import { uuidToBytes } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import { METADATA_VERSION, metadataRecord } from '../metadata/index.ts'
import type {
  BrokerImage,
  BrokerSettings,
  ClusterImage,
  MetadataImage,
  MetadataRecord,
} from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { BrokerRegistrationRequest, BrokerRegistrationResponse } from '../protocol/index.ts'
import type { ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { isAlone, partitionChanges } from './leaderships.ts'
import { hasElr } from './topic-rules.ts'

type Registration = RequestOf<typeof BrokerRegistrationRequest>
type RegistrationAnswer = ResponseOf<typeof BrokerRegistrationResponse>

/** From here on brokers name their log directories. */
const DIRECTORIES_SINCE = 17

/**
 * Registers a broker process. Its epoch is the offset of the record, so that it grows with every incarnation; a repeated request of the
 * same incarnation keeps epoch and fencing (KAFKA-16952).
 *
 * A new incarnation begins where its predecessor's death ends: it is in no ISR that has anybody else. After an unclean stop (its previous
 * epoch is not the one that the log has) it may have lost the end of its logs, so it is not eligible either (KIP-966).
 *
 * @param isInSession the incarnation with this epoch has been heard of lately
 */
export function registerBroker(
  image: MetadataImage,
  request: Registration,
  { clusterId, nextOffset, broker }: ControllerContext,
  isInSession: (brokerId: number, brokerEpoch: number) => boolean,
): Decision<RegistrationAnswer> {
  const known = image.cluster.broker(request.brokerId)
  const isSame = known?.incarnationId === request.incarnationId
  const isDuplicate =
    known !== undefined &&
    !isSame &&
    isServing(known, isInSession) &&
    !holdsDirectories(known, request)
  const errorCode = registrationError(image, request, clusterId, isDuplicate)
  if (errorCode !== errorCodes.NONE) return { records: [], response: { errorCode } }
  const ended =
    known === undefined || isSame
      ? []
      : [...endOfIncarnation(image, broker, known, request.previousBrokerEpoch)]
  const brokerEpoch = isSame ? known.epoch : nextOffset + ended.length
  const registered = registrationRecord(request, brokerEpoch, isSame ? known : undefined)
  return {
    records: [...ended, registered],
    response: { errorCode: errorCodes.NONE, brokerEpoch },
    divisible: true,
  }
}

/** The broker that would be replaced is alive, and not known to be going. */
function isServing(
  { id, epoch, fenced, inControlledShutdown }: BrokerImage,
  isInSession: (brokerId: number, brokerEpoch: number) => boolean,
): boolean {
  return !fenced && !inControlledShutdown && isInSession(id, epoch)
}

/**
 * The new process has the log directories of the old one, which only one process at a time can hold: the old one is dead, whatever its
 * session says. Apache Kafka waits for the end of the session all the same; here a node that was killed is back at once.
 */
function holdsDirectories({ directories }: BrokerImage, { logDirs }: Registration): boolean {
  return directories.some((id) => logDirs.includes(id))
}

function* endOfIncarnation(
  image: MetadataImage,
  settings: BrokerSettings,
  { id, epoch }: BrokerImage,
  previousEpoch: number,
): Generator<MetadataRecord> {
  const isClean = previousEpoch === epoch
  if (isAlone(image, id)) {
    if (!isClean) yield* leaderEpochBumps(image, id)
    return
  }
  const kind = isClean || !hasElr(image) ? 'left' : 'stopped uncleanly'
  yield* partitionChanges(image, settings, id, kind)
}

/**
 * A broker that is alone goes on leading after an unclean stop, because nobody has more than it, but in a new leader epoch: what it appends
 * now must not pass for the records that were lost at the same offsets (KIP-101, KIP-320). Naming a leader raises the leader epoch.
 */
function* leaderEpochBumps(image: MetadataImage, brokerId: number): Generator<MetadataRecord> {
  for (const topic of image.topics) {
    for (const { index, leader } of topic.partitions) {
      if (leader !== brokerId) continue
      yield metadataRecord('partitionChange', { topicId: topic.id, partitionId: index, leader })
    }
  }
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
    cordonedLogDirs: again?.cordonedDirectories ?? null,
  })
}

function registrationError(
  image: MetadataImage,
  request: Registration,
  clusterId: Uuid,
  isDuplicate: boolean,
): number {
  if (request.clusterId !== clusterId) return errorCodes.INCONSISTENT_CLUSTER_ID
  if (isDuplicate) return errorCodes.DUPLICATE_BROKER_REGISTRATION
  if (request.isMigratingZkBroker) return errorCodes.BROKER_ID_NOT_REGISTERED
  const needsDirectories = image.features.metadataVersion >= DIRECTORIES_SINCE
  if (needsDirectories && !areDirectoriesValid(image.cluster, request)) {
    return errorCodes.INVALID_REGISTRATION
  }
  return featuresError(image, request)
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

/** Every finalized level lies in the broker's range, and metadata.version is named. */
function featuresError(image: MetadataImage, { features }: Registration): number {
  const ranges = new Map(features.map((feature) => [feature.name, feature]))
  if (!ranges.has(METADATA_VERSION)) return errorCodes.INVALID_REGISTRATION
  for (const [name, level] of image.features.levels) {
    const range = ranges.get(name)
    const { minSupportedVersion: min = 0, maxSupportedVersion: max = 0 } = range ?? {}
    if (level < min || level > max) return errorCodes.UNSUPPORTED_VERSION
  }
  return errorCodes.NONE
}
