/** AssignReplicasToDirs (ReplicationControlManager in Apache Kafka, KIP-858): a broker says in which of its directories replicas lie. */
import type { MetadataImage, MetadataRecord } from '../metadata/index.ts'
import type { Uuid } from '../base/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from '../protocol/index.ts'
import { brokerEpochError } from './broker-epoch.ts'
import type { ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { changePartition } from './partition-change.ts'
import { rulesByTopic } from './topic-rules.ts'

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
  const online = image.cluster.broker(brokerId)?.directories ?? []
  const rulesOf = rulesByTopic(image, settings, { election: 'online' })
  const isActive = (id: number): boolean => id !== brokerId && image.cluster.isActive(id)
  const withoutBroker = rulesByTopic(image, settings, { isActive })
  const records: MetadataRecord[] = []
  const directories = request.directories.map(({ id, topics }) => {
    const isOnline = online.includes(id)
    const assigned = { brokerId, id, isOnline, rulesOf: isOnline ? rulesOf : withoutBroker }
    return {
      id,
      topics: topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ partitionIndex }) => {
          const change = assignOne(image, assigned, topicId, partitionIndex)
          if (typeof change === 'number') return { partitionIndex, errorCode: change }
          if (change !== null) records.push(change)
          return { partitionIndex, errorCode: errorCodes.NONE }
        }),
      })),
    }
  })
  const response = { errorCode: errorCodes.NONE, directories }
  return { records, response, divisible: true }
}

export function refuseAssignReplicas(errorCode: number): Response {
  return { errorCode, directories: [] }
}

/** A directory that a broker says replicas lie in. */
interface Assigned {
  readonly brokerId: number
  readonly id: Uuid
  readonly isOnline: boolean
  readonly rulesOf: ReturnType<typeof rulesByTopic>
}

/** The record, null if nothing changes; or the error code. A replica in a directory that is offline is out of sync and cannot lead. */
function assignOne(
  image: MetadataImage,
  { brokerId, id, isOnline, rulesOf }: Assigned,
  topicId: Uuid,
  index: number,
): MetadataRecord | null | number {
  const topic = image.topics.byId(topicId)
  if (topic === undefined) return errorCodes.UNKNOWN_TOPIC_ID
  const partition = topic.partitions[index]
  if (partition === undefined) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  if (!partition.replicas.includes(brokerId)) return errorCodes.NOT_LEADER_OR_FOLLOWER
  const target = {
    directories: new Map([[brokerId, id]]),
    ...(isOnline ? {} : { isr: partition.isr.filter((other) => other !== brokerId) }),
  }
  return changePartition(topicId, partition, target, rulesOf(topic))
}
