/** AlterPartition (ReplicationControlManager in Apache Kafka; KIP-497, KIP-841, KIP-903): a leader asks for another ISR. */
import { present } from '../base/index.ts'
import { applyRecords } from '../metadata/index.ts'
import type { MetadataImage, MetadataRecord, PartitionImage } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { AlterPartitionRequest, AlterPartitionResponse } from '../protocol/index.ts'
import { brokerEpochError } from './broker-epoch.ts'
import type { ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { changePartition } from './partition-change.ts'
import { rulesByTopic } from './topic-rules.ts'

type Request = RequestOf<typeof AlterPartitionRequest>
type Response = ResponseOf<typeof AlterPartitionResponse>
type Asked = Request['topics'][number]['partitions'][number]
type Answer = Response['topics'][number]['partitions'][number]

/** A replica that the leader takes for in sync; epoch -1: whichever incarnation. */
interface Member {
  readonly brokerId: number
  readonly brokerEpoch: number
}

export function alterPartition(
  image: MetadataImage,
  request: Request,
  context: ControllerContext,
): Decision<Response> {
  const errorCode = brokerEpochError(image.cluster, request.brokerId, request.brokerEpoch)
  if (errorCode !== errorCodes.NONE) {
    return { records: [], response: refuseAlterPartition(errorCode) }
  }
  const records: MetadataRecord[] = []
  const refused = new Map<Asked, number>()
  const rulesOf = rulesByTopic(image, context.broker)
  for (const { topicId, partitions } of request.topics) {
    for (const asked of partitions) {
      const altered = alterOne(image, request.brokerId, topicId, asked, rulesOf)
      if (typeof altered === 'number') refused.set(asked, altered)
      else if (altered !== null) records.push(altered)
    }
  }
  const after = records.length === 0 ? image : applyRecords(image, records)
  const topics = request.topics.map(({ topicId, partitions }) => ({
    topicId,
    partitions: partitions.map((asked) => {
      const errorCode = refused.get(asked)
      if (errorCode !== undefined) return refusal(asked.partitionIndex, errorCode)
      const partition = present(
        after.topics.partition(topicId, asked.partitionIndex),
        'An altered partition exists',
      )
      return answerOf(partition, request.brokerId)
    }),
  }))
  return { records, response: { errorCode: errorCodes.NONE, topics }, divisible: true }
}

export function refuseAlterPartition(errorCode: number): Response {
  return { errorCode, topics: [] }
}

/** The record, null if nothing changes; or the error code. */
function alterOne(
  image: MetadataImage,
  brokerId: number,
  topicId: string,
  asked: Asked,
  rulesOf: ReturnType<typeof rulesByTopic>,
): MetadataRecord | null | number {
  const topic = image.topics.byId(topicId)
  if (topic === undefined) return errorCodes.UNKNOWN_TOPIC_ID
  const before = topic.partitions[asked.partitionIndex]
  if (before === undefined) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  const members = membersOf(asked)
  const errorCode = alterationError(image, brokerId, before, asked, members)
  if (errorCode !== errorCodes.NONE) return errorCode
  const target = {
    isr: members.map((member) => member.brokerId),
    leaderRecovering: asked.leaderRecoveryState === RECOVERING,
  }
  return changePartition(topicId, before, target, rulesOf(topic))
}

const RECOVERING = 1

/** Version 2 names no epochs. */
function membersOf({ newIsr, newIsrWithEpochs }: Asked): readonly Member[] {
  if (newIsrWithEpochs.length > 0) return newIsrWithEpochs
  return newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }))
}

function alterationError(
  { cluster }: MetadataImage,
  brokerId: number,
  before: PartitionImage,
  { leaderEpoch, partitionEpoch, leaderRecoveryState }: Asked,
  members: readonly Member[],
): number {
  // Who knows more than this controller has heard from another one, which is the active one.
  if (leaderEpoch > before.leaderEpoch) return errorCodes.NOT_CONTROLLER
  if (partitionEpoch > before.partitionEpoch) return errorCodes.NOT_CONTROLLER
  if (leaderEpoch < before.leaderEpoch) return errorCodes.FENCED_LEADER_EPOCH
  if (brokerId !== before.leader) return errorCodes.INVALID_REQUEST
  if (partitionEpoch < before.partitionEpoch) return errorCodes.INVALID_UPDATE_VERSION
  const ids = members.map((member) => member.brokerId)
  const isIsr = new Set(ids).size === ids.length && ids.every((id) => before.replicas.includes(id))
  if (!isIsr || !ids.includes(before.leader)) return errorCodes.INVALID_REQUEST
  const isRecovering = leaderRecoveryState === RECOVERING
  if (isRecovering && (ids.length > 1 || !before.leaderRecovering)) {
    return errorCodes.INVALID_REQUEST
  }
  const isEligible = ({ brokerId: id, brokerEpoch }: Member): boolean =>
    cluster.isActive(id) && (brokerEpoch === -1 || cluster.broker(id)?.epoch === brokerEpoch)
  return members.every(isEligible) ? errorCodes.NONE : errorCodes.INELIGIBLE_REPLICA
}

function answerOf(partition: PartitionImage, askedBy: number): Answer {
  // The change has completed a reassignment that takes the leadership from the one who asked.
  if (partition.leader !== askedBy) {
    return refusal(partition.index, errorCodes.NEW_LEADER_ELECTED)
  }
  return {
    partitionIndex: partition.index,
    errorCode: errorCodes.NONE,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    isr: [...partition.isr],
    leaderRecoveryState: partition.leaderRecovering ? RECOVERING : 0,
    partitionEpoch: partition.partitionEpoch,
  }
}

function refusal(partitionIndex: number, errorCode: number): Answer {
  return {
    partitionIndex,
    errorCode,
    leaderId: 0,
    leaderEpoch: 0,
    isr: [],
    leaderRecoveryState: 0,
    partitionEpoch: 0,
  }
}
