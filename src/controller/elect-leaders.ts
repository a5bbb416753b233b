/** ElectLeaders, and the elections that the controller holds from time to time (ReplicationControlManager in Apache Kafka, KIP-460). */
import { topicSettings } from '../metadata/index.ts'
import type {
  BrokerSettings,
  MetadataImage,
  MetadataRecord,
  TopicImage,
} from '../metadata/index.ts'
import { errorCodes, errorMessage } from '../protocol/index.ts'
import type { ElectLeadersRequest, ElectLeadersResponse } from '../protocol/index.ts'
import { noError } from './decision.ts'
import type { ApiError, ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { changePartition } from './partition-change.ts'
import { rulesByTopic } from './topic-rules.ts'

type Request = RequestOf<typeof ElectLeadersRequest>
type Response = ResponseOf<typeof ElectLeadersResponse>
type Kind = 'preferred' | 'unclean'

/** Elections of one round of {@link electPreferredLeaders} or {@link electUncleanLeaders}, at most. */
export const ELECTIONS_PER_ROUND = 1000

const kinds: ReadonlyMap<number, Kind> = new Map([
  [0, 'preferred'],
  [1, 'unclean'],
])

export function electLeaders(
  image: MetadataImage,
  request: Request,
  { broker }: ControllerContext,
): Decision<Response> {
  const kind = kinds.get(request.electionType)
  if (kind === undefined) {
    return { records: [], response: refuseElectLeaders(request, errorCodes.INVALID_REQUEST) }
  }
  const records: MetadataRecord[] = []
  const results: Response['replicaElectionResults'][number][] = []
  const { topicPartitions } = request
  const rulesOf = rulesByTopic(image, broker, { election: kind })
  for (const { topic: name, partitions } of topicPartitions ?? allPartitions(image)) {
    const topic = image.topics.byName(name)
    const partitionResult = partitions.flatMap((partitionId) => {
      const elected = electOne(topic, name, partitionId, kind, rulesOf)
      if ('type' in elected) records.push(elected)
      const { code, message } = 'type' in elected ? noError : elected
      // Whoever asks for all hears only of those where something is to do.
      const isSilent = topicPartitions === null && code === errorCodes.ELECTION_NOT_NEEDED
      return isSilent ? [] : [{ partitionId, errorCode: code, errorMessage: message }]
    })
    results.push({ topic: name, partitionResult })
  }
  const response = { errorCode: errorCodes.NONE, replicaElectionResults: results }
  return { records, response, divisible: true }
}

/** Before version 1 there is no code for the whole, so each partition gets it. */
export function refuseElectLeaders(request: Request, errorCode: number): Response {
  const replicaElectionResults = (request.topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => ({
      partitionId,
      errorCode,
      errorMessage: errorMessage(errorCode),
    })),
  }))
  return { errorCode, replicaElectionResults }
}

function* allPartitions({ topics }: MetadataImage): Generator<{
  readonly topic: string
  readonly partitions: readonly number[]
}> {
  for (const { name, partitions } of topics) {
    yield { topic: name, partitions: partitions.map(({ index }) => index) }
  }
}

function electOne(
  topic: TopicImage | undefined,
  name: string,
  partitionId: number,
  kind: Kind,
  rulesOf: ReturnType<typeof rulesByTopic>,
): MetadataRecord | ApiError {
  const before = topic?.partitions[partitionId]
  if (topic === undefined || before === undefined) {
    const message = topic === undefined ? `No such topic as ${name}` : 'No such partition'
    return { code: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, message }
  }
  const isNeeded = kind === 'preferred' ? before.leader !== before.replicas[0] : before.leader < 0
  if (!isNeeded) return apiError(errorCodes.ELECTION_NOT_NEEDED)
  const record = changePartition(topic.id, before, {}, rulesOf(topic))
  if (record !== null) return record
  return apiError(
    kind === 'preferred'
      ? errorCodes.PREFERRED_LEADER_NOT_AVAILABLE
      : errorCodes.ELIGIBLE_LEADERS_NOT_AVAILABLE,
  )
}

function apiError(code: number): ApiError {
  return { code, message: errorMessage(code) }
}

/** Gives leadership back to preferred replicas that are in sync (`auto.leader.rebalance.enable`). The response: there may be more. */
export function electPreferredLeaders(
  image: MetadataImage,
  { broker }: ControllerContext,
): Decision<boolean> {
  return round(image, broker, 'preferred', ({ leader, replicas }) => leader !== replicas[0])
}

/** Gives a leader to partitions without one whose topic allows that records are lost by it. The response: there may be more. */
export function electUncleanLeaders(
  image: MetadataImage,
  { broker }: ControllerContext,
): Decision<boolean> {
  return round(image, broker, 'unclean', ({ leader }) => leader < 0)
}

function round(
  image: MetadataImage,
  settings: BrokerSettings,
  election: Kind,
  concerns: (partition: TopicImage['partitions'][number]) => boolean,
): Decision<boolean> {
  const records: MetadataRecord[] = []
  const rulesOf = rulesByTopic(image, settings, { election })
  for (const topic of image.topics) {
    const concerned = topic.partitions.filter(concerns)
    if (concerned.length === 0) continue
    const { uncleanLeaderElection } = topicSettings(image.configs.ofTopic(topic.name), settings)
    if (election === 'unclean' && !uncleanLeaderElection) continue
    for (const partition of concerned) {
      const record = changePartition(topic.id, partition, {}, rulesOf(topic))
      if (record !== null) records.push(record)
      if (records.length === ELECTIONS_PER_ROUND) return { records, response: true }
    }
  }
  return { records, response: false, divisible: true }
}
