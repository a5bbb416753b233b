/** AssignReplicasToDirs (ReplicationControlManager in Apache Kafka, KIP-858): a broker says in which of its directories replicas lie. */
import { applyRecords } from '../metadata/index.ts'
import type { BrokerSettings, MetadataImage, MetadataRecord } from '../metadata/index.ts'
import type { Uuid } from '../base/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from '../protocol/index.ts'
import { brokerEpochError } from './broker-epoch.ts'
import type { ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { partitionChanges } from './leaderships.ts'
import { changePartition } from './partition-change.ts'
import { partitionRules } from './topic-rules.ts'

type Request = RequestOf<typeof AssignReplicasToDirsRequest>
type Response = ResponseOf<typeof AssignReplicasToDirsResponse>

const DIRECTORIES_SINCE = 17

export function assignReplicasToDirs(
  image: MetadataImage,
  request: Request,
  { broker: settings }: ControllerContext,
): Decision<Response> {
  const { brokerId, brokerEpoch } = request
  if (image.features.metadataVersion < DIRECTORIES_SINCE) {
    return { records: [], response: refuseAssignReplicas(errorCodes.UNSUPPORTED_VERSION) }
  }
  const errorCode = brokerEpochError(image.cluster, brokerId, brokerEpoch)
  if (errorCode !== errorCodes.NONE) {
    return { records: [], response: refuseAssignReplicas(errorCode) }
  }
  const records: MetadataRecord[] = []
  const directories = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => {
        const assigned = assignOne(image, settings, brokerId, id, topicId, partitionIndex)
        if (typeof assigned === 'number') return { partitionIndex, errorCode: assigned }
        if (assigned !== null) records.push(assigned)
        return { partitionIndex, errorCode: errorCodes.NONE }
      }),
    })),
  }))
  records.push(...offlineChanges(image, settings, request, records))
  const response = { errorCode: errorCodes.NONE, directories }
  return { records, response, divisible: true }
}

export function refuseAssignReplicas(errorCode: number): Response {
  return { errorCode, directories: [] }
}

function assignOne(
  image: MetadataImage,
  settings: BrokerSettings,
  brokerId: number,
  directory: Uuid,
  topicId: Uuid,
  index: number,
): MetadataRecord | null | number {
  const topic = image.topics.byId(topicId)
  if (topic === undefined) return errorCodes.UNKNOWN_TOPIC_ID
  const partition = topic.partitions[index]
  if (partition === undefined) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  if (!partition.replicas.includes(brokerId)) return errorCodes.NOT_LEADER_OR_FOLLOWER
  const target = { directories: new Map([[brokerId, directory]]) }
  const rules = partitionRules(image, topic, settings, { election: 'online' })
  return changePartition(topicId, partition, target, rules)
}

/** Replicas that turn out to lie in a directory that is offline are out of sync. */
function offlineChanges(
  image: MetadataImage,
  settings: BrokerSettings,
  { brokerId, directories }: Request,
  records: readonly MetadataRecord[],
): Iterable<MetadataRecord> {
  const online = image.cluster.broker(brokerId)?.directories ?? []
  const offline = new Set(directories.map(({ id }) => id).filter((id) => !online.includes(id)))
  if (offline.size === 0 || records.length === 0) return []
  const after = applyRecords(image, records)
  return partitionChanges(after, settings, brokerId, 'left', ({ replicas, directories: of }) => {
    const directory = of[replicas.indexOf(brokerId)]
    return directory !== undefined && offline.has(directory)
  })
}
