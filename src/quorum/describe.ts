/** DescribeQuorum: who leads, who votes, who observes, and how far each is (KIP-836, KIP-853). */
import { errorCodes } from '../protocol/index.ts'
import type { DescribeQuorumRequest, DescribeQuorumResponse } from '../protocol/index.ts'
import type { Decoded, Draft } from '../wire/index.ts'
import { leaderHighWatermark } from './leadership.ts'
import type { QuorumState, Replica } from './state.ts'
import { replicaName } from './transitions.ts'
import { isVoter } from './voters.ts'
import type { ReplicaKey } from './voters.ts'
import { METADATA_TOPIC } from './wire-requests.ts'

type Response = Draft<typeof DescribeQuorumResponse>
type ReplicaRow = Response['topics'][number]['partitions'][number]['currentVoters'][number]

const UNKNOWN = -1

/** @param nowMs monotonic, like the times of the state; `wallMs` the same moment for people */
export function describeQuorum(
  state: QuorumState,
  request: Decoded<typeof DescribeQuorumRequest>,
  nowMs: number,
  wallMs: number,
): Response {
  const [topic] = request.topics
  const isMetadata =
    request.topics.length === 1 &&
    topic?.topicName === METADATA_TOPIC &&
    topic.partitions.length === 1 &&
    topic.partitions[0]?.partitionIndex === 0
  if (!isMetadata) {
    const topics = request.topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) =>
        refused(partitionIndex, errorCodes.UNKNOWN_TOPIC_OR_PARTITION, state),
      ),
    }))
    return { errorCode: errorCodes.NONE, topics, nodes: [] }
  }
  const partition =
    state.role.name === 'leader'
      ? described(state, (ms) => (ms === null ? UNKNOWN : Math.floor(wallMs - (nowMs - ms))), nowMs)
      : refused(0, errorCodes.NOT_LEADER_OR_FOLLOWER, state)
  const nodes = state.voters.map(({ id, endpoints }) => ({ nodeId: id, listeners: [...endpoints] }))
  return {
    errorCode: errorCodes.NONE,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    nodes: state.role.name === 'leader' ? nodes : [],
  }
}

function refused(
  partitionIndex: number,
  errorCode: number,
  { leader, epoch }: QuorumState,
): Response['topics'][number]['partitions'][number] {
  const leaderId = leader?.id ?? UNKNOWN
  return {
    partitionIndex,
    errorCode,
    leaderId,
    leaderEpoch: epoch,
    highWatermark: UNKNOWN,
    currentVoters: [],
    observers: [],
  }
}

function described(
  state: QuorumState,
  wallOf: (monotonicMs: number | null) => number,
  nowMs: number,
): Response['topics'][number]['partitions'][number] {
  const { role, self, epoch, voters, log } = state
  const replicas: ReadonlyMap<string, Replica> = role.name === 'leader' ? role.replicas : new Map()
  const row = (key: ReplicaKey, replica: Replica | undefined): ReplicaRow => ({
    replicaId: key.id,
    replicaDirectoryId: key.directoryId,
    logEndOffset: replica?.end ?? UNKNOWN,
    lastFetchTimestamp: wallOf(replica?.lastFetchMs ?? null),
    lastCaughtUpTimestamp: wallOf(replica?.lastCaughtUpMs ?? null),
  })
  const own = { ...row(self, undefined), logEndOffset: log.end }
  const now = wallOf(nowMs)
  const ownRow = { ...own, lastFetchTimestamp: now, lastCaughtUpTimestamp: now }
  const observers = [...replicas.values()].filter(({ key }) => !isVoter(voters, key))
  const isOwnObserver = !isVoter(voters, self)
  return {
    partitionIndex: 0,
    errorCode: errorCodes.NONE,
    leaderId: self.id,
    leaderEpoch: epoch,
    highWatermark: leaderHighWatermark(state) ?? UNKNOWN,
    currentVoters: voters.map((voter) =>
      voter.id === self.id ? ownRow : row(voter, replicas.get(replicaName(voter))),
    ),
    observers: [
      ...(isOwnObserver ? [ownRow] : []),
      ...observers.map((replica) => row(replica.key, replica)),
    ],
  }
}
