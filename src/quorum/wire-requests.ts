/** Between the core's words and Kafka's messages, for all that replicas of the metadata log ask each other. Pure. */
import { INT64_MAX, METADATA_TOPIC_ID } from '../base/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type {
  AddRaftVoterRequest,
  BeginQuorumEpochRequest,
  BeginQuorumEpochResponse,
  EndQuorumEpochRequest,
  FetchRequest,
  FetchResponse,
  RemoveRaftVoterRequest,
  UpdateRaftVoterRequest,
  UpdateRaftVoterResponse,
  VoteRequest,
  VoteResponse,
} from '../protocol/index.ts'
import type { Decoded, Draft } from '../wire/index.ts'
import type {
  BeginEpochCore,
  EndEpochCore,
  EpochNews,
  FetchAnswer,
  FetchCore,
  HostPort,
  UpdateVoterCore,
  VoteRequestCore,
} from './state.ts'
import type { ReplicaKey, Voter } from './voters.ts'

export const METADATA_TOPIC = '__cluster_metadata'
const PARTITION = 0
const NOBODY = -1
const UNKNOWN = -1

/** The part of a request that is about the metadata log, which must be all of it; null: it is about something else. */
function only<P>(
  topics: readonly { readonly topicName: string; readonly partitions: readonly P[] }[],
): P | null {
  const [topic, ...others] = topics
  if (topic === undefined || others.length > 0 || topic.topicName !== METADATA_TOPIC) return null
  const [partition, ...rest] = topic.partitions
  return rest.length > 0 ? null : (partition ?? null)
}

function topicsOf<P extends object>(
  partition: P,
): { topicName: string; partitions: (P & { partitionIndex: number })[] }[] {
  return [{ topicName: METADATA_TOPIC, partitions: [{ ...partition, partitionIndex: PARTITION }] }]
}

/** Null: not said, as by versions before KIP-853. */
function voterKey(id: number, directoryId: string): ReplicaKey | null {
  return id < 0 ? null : { id, directoryId }
}

export function endpointIn(
  nodes: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[],
  id: number | null,
): HostPort | null {
  const node = nodes.find(({ nodeId }) => nodeId === id)
  return node === undefined ? null : { host: node.host, port: node.port }
}

/** Where the leader listens, as answers have it. */
export function nodeEndpoints({
  leaderId,
  leaderEndpoint,
}: EpochNews): { nodeId: number; host: string; port: number }[] {
  if (leaderId === null || leaderEndpoint === null) return []
  const { host, port } = leaderEndpoint
  return [{ nodeId: leaderId, host, port }]
}

export function leaderFields({ epoch, leaderId }: EpochNews): {
  leaderId: number
  leaderEpoch: number
} {
  return { leaderId: leaderId ?? NOBODY, leaderEpoch: epoch }
}

interface LeaderFields {
  readonly errorCode: number
  readonly leaderId: number
  readonly leaderEpoch: number
}

function newsOf(
  { errorCode, leaderId, leaderEpoch }: LeaderFields,
  nodes: Parameters<typeof endpointIn>[0],
): EpochNews {
  const id = leaderId < 0 ? null : leaderId
  return { errorCode, epoch: leaderEpoch, leaderId: id, leaderEndpoint: endpointIn(nodes, id) }
}

/** An answer that says nothing of the epoch. */
export function noNews(errorCode: number): EpochNews {
  return { errorCode, epoch: UNKNOWN, leaderId: null, leaderEndpoint: null }
}

export function readVote(request: Decoded<typeof VoteRequest>): VoteRequestCore | null {
  const found = only(request.topics)
  if (found === null) return null
  return {
    epoch: found.replicaEpoch,
    candidate: { id: found.replicaId, directoryId: found.replicaDirectoryId },
    voter: voterKey(request.voterId, found.voterDirectoryId),
    lastEpoch: found.lastOffsetEpoch,
    lastOffset: found.lastOffset,
    preVote: found.preVote,
  }
}

export function writeVote(
  { epoch, candidate, voter, lastEpoch, lastOffset, preVote }: VoteRequestCore,
  clusterId: string | null,
): Draft<typeof VoteRequest> {
  return {
    clusterId,
    voterId: voter?.id ?? NOBODY,
    topics: topicsOf({
      replicaEpoch: epoch,
      replicaId: candidate.id,
      replicaDirectoryId: candidate.directoryId,
      ...(voter === null ? {} : { voterDirectoryId: voter.directoryId }),
      lastOffsetEpoch: lastEpoch,
      lastOffset,
      preVote,
    }),
  }
}

export function readVoteAnswer(response: Decoded<typeof VoteResponse>): {
  readonly news: EpochNews
  readonly isGranted: boolean
} {
  const found = only(response.topics)
  if (found === null) return { news: noNews(response.errorCode), isGranted: false }
  return { news: newsOf(found, response.nodeEndpoints), isGranted: found.voteGranted }
}

export function writeVoteAnswer(news: EpochNews, isGranted: boolean): Draft<typeof VoteResponse> {
  const { errorCode } = news
  const answer = { errorCode, ...leaderFields(news), voteGranted: isGranted }
  return {
    errorCode: errorCodes.NONE,
    topics: topicsOf(answer),
    nodeEndpoints: nodeEndpoints(news),
  }
}

export function readBeginEpoch(
  request: Decoded<typeof BeginQuorumEpochRequest>,
): BeginEpochCore | null {
  const found = only(request.topics)
  if (found === null) return null
  const { leaderEpoch: epoch, leaderId, voterDirectoryId } = found
  const voter = voterKey(request.voterId, voterDirectoryId)
  return { epoch, leaderId, voter, endpoints: request.leaderEndpoints }
}

export function writeBeginEpoch(
  { epoch, leaderId, voter, endpoints }: BeginEpochCore,
  clusterId: string | null,
): Draft<typeof BeginQuorumEpochRequest> {
  return {
    clusterId,
    voterId: voter?.id ?? NOBODY,
    topics: topicsOf({
      ...(voter === null ? {} : { voterDirectoryId: voter.directoryId }),
      leaderId,
      leaderEpoch: epoch,
    }),
    leaderEndpoints: [...endpoints],
  }
}

/** The answers to BeginQuorumEpoch and EndQuorumEpoch have the same form. */
export function readEpochAnswer(response: Decoded<typeof BeginQuorumEpochResponse>): EpochNews {
  const found = only(response.topics)
  return found === null ? noNews(response.errorCode) : newsOf(found, response.nodeEndpoints)
}

export function writeEpochAnswer(news: EpochNews): Draft<typeof BeginQuorumEpochResponse> {
  const answer = { errorCode: news.errorCode, ...leaderFields(news) }
  return {
    errorCode: errorCodes.NONE,
    topics: topicsOf(answer),
    nodeEndpoints: nodeEndpoints(news),
  }
}

export function readEndEpoch(request: Decoded<typeof EndQuorumEpochRequest>): EndEpochCore | null {
  const found = only(request.topics)
  if (found === null) return null
  const { leaderEpoch: epoch, leaderId, preferredSuccessors, preferredCandidates } = found
  const candidates =
    preferredCandidates.length > 0
      ? preferredCandidates.map(({ candidateId: id, candidateDirectoryId: directoryId }) => ({
          id,
          directoryId,
        }))
      : preferredSuccessors.map((id) => ({ id, directoryId: '' }))
  return { epoch, leaderId, candidates, endpoints: request.leaderEndpoints }
}

export function writeEndEpoch(
  { epoch, leaderId, candidates, endpoints }: EndEpochCore,
  clusterId: string | null,
): Draft<typeof EndQuorumEpochRequest> {
  return {
    clusterId,
    topics: topicsOf({
      leaderId,
      leaderEpoch: epoch,
      preferredSuccessors: candidates.map(({ id }) => id),
      preferredCandidates: candidates.map(({ id, directoryId }) => ({
        candidateId: id,
        candidateDirectoryId: directoryId,
      })),
    }),
    leaderEndpoints: [...endpoints],
  }
}

/** Null: not a fetch of the metadata log alone. */
export function readFetch(
  request: Decoded<typeof FetchRequest>,
): (FetchCore & { readonly maxBytes: number }) | null {
  const [topic, ...others] = request.topics
  const [found, ...rest] = topic?.partitions ?? []
  if (topic === undefined || found === undefined || others.length + rest.length > 0) return null
  const isMetadata = topic.topicId === METADATA_TOPIC_ID || topic.topic === METADATA_TOPIC
  if (!isMetadata || found.partition !== PARTITION) return null
  const { replicaState, replicaId, maxWaitMs, maxBytes } = request
  return {
    replica: {
      id: replicaState.replicaId < 0 ? replicaId : replicaState.replicaId,
      directoryId: found.replicaDirectoryId,
    },
    epoch: found.currentLeaderEpoch,
    offset: found.fetchOffset,
    lastEpoch: found.lastFetchedEpoch,
    highWatermark: found.highWatermark,
    maxWaitMs,
    maxBytes: Math.min(maxBytes, found.partitionMaxBytes),
  }
}

export function writeFetch(
  { replica, epoch, offset, lastEpoch, highWatermark, maxWaitMs }: FetchCore,
  clusterId: string | null,
  maxBytes: number,
): Draft<typeof FetchRequest> {
  const partition = {
    partition: PARTITION,
    currentLeaderEpoch: epoch,
    fetchOffset: offset,
    lastFetchedEpoch: lastEpoch,
    partitionMaxBytes: maxBytes,
    replicaDirectoryId: replica.directoryId,
    highWatermark,
  }
  return {
    clusterId,
    replicaId: replica.id,
    replicaState: { replicaId: replica.id, replicaEpoch: UNKNOWN },
    maxWaitMs,
    minBytes: 0,
    maxBytes,
    topics: [{ topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
    forgottenTopicsData: [],
    rackId: '',
  }
}

export function readFetchAnswer(response: Decoded<typeof FetchResponse>): FetchAnswer {
  const found = response.responses[0]?.partitions[0]
  const nothing = { highWatermark: null, diverging: null, snapshot: null, payload: null }
  if (found === undefined) return { ...noNews(response.errorCode), ...nothing }
  const { errorCode, currentLeader, divergingEpoch, snapshotId, highWatermark, records } = found
  const leader = { errorCode, ...currentLeader }
  const { epoch, endOffset } = divergingEpoch
  return {
    ...newsOf(leader, response.nodeEndpoints),
    highWatermark: highWatermark < 0 || highWatermark === INT64_MAX ? null : highWatermark,
    diverging: epoch < 0 || endOffset < 0 ? null : { epoch, endOffset },
    snapshot:
      snapshotId.epoch < 0 || snapshotId.endOffset < 0
        ? null
        : { offsetEnd: snapshotId.endOffset, epoch: snapshotId.epoch },
    payload: records === null || records.length === 0 ? null : records,
  }
}

export function writeFetchAnswer(
  answer: Omit<FetchAnswer, 'payload'>,
  logStart: number,
  records: Buffer,
): Draft<typeof FetchResponse> {
  const { errorCode, highWatermark, diverging, snapshot } = answer
  const partition = {
    partitionIndex: PARTITION,
    errorCode,
    highWatermark: highWatermark ?? UNKNOWN,
    lastStableOffset: highWatermark ?? UNKNOWN,
    logStartOffset: logStart,
    currentLeader: leaderFields(answer),
    abortedTransactions: null,
    records,
    ...(diverging === null ? {} : { divergingEpoch: diverging }),
    ...(snapshot === null
      ? {}
      : { snapshotId: { endOffset: snapshot.offsetEnd, epoch: snapshot.epoch } }),
  }
  const endpoints = nodeEndpoints(answer).map((node) => ({ ...node, rack: null }))
  return {
    errorCode: errorCodes.NONE,
    responses: [{ topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
    nodeEndpoints: endpoints,
  }
}

export function readAddVoter(
  { voterId, voterDirectoryId, listeners }: Decoded<typeof AddRaftVoterRequest>,
  range: { readonly min: number; readonly max: number },
): Voter {
  return {
    id: voterId,
    directoryId: voterDirectoryId,
    endpoints: listeners,
    kraftVersionMin: range.min,
    kraftVersionMax: range.max,
  }
}

export function writeAddVoter(
  { id, directoryId, endpoints }: Voter,
  clusterId: string | null,
  timeoutMs: number,
): Draft<typeof AddRaftVoterRequest> {
  return {
    clusterId,
    timeoutMs,
    voterId: id,
    voterDirectoryId: directoryId,
    listeners: [...endpoints],
    // Until it votes itself, the new set may have no majority to commit it.
    ackWhenCommitted: false,
  }
}

export function writeRemoveVoter(
  { id, directoryId }: ReplicaKey,
  clusterId: string | null,
): Draft<typeof RemoveRaftVoterRequest> {
  return { clusterId, voterId: id, voterDirectoryId: directoryId }
}

export function readUpdateVoter(request: Decoded<typeof UpdateRaftVoterRequest>): UpdateVoterCore {
  const { currentLeaderEpoch, voterId, voterDirectoryId, listeners, kRaftVersionFeature } = request
  return {
    epoch: currentLeaderEpoch,
    voter: {
      id: voterId,
      directoryId: voterDirectoryId,
      endpoints: listeners,
      kraftVersionMin: kRaftVersionFeature.minSupportedVersion,
      kraftVersionMax: kRaftVersionFeature.maxSupportedVersion,
    },
  }
}

export function writeUpdateVoter(
  { epoch, voter }: UpdateVoterCore,
  clusterId: string | null,
): Draft<typeof UpdateRaftVoterRequest> {
  return {
    clusterId,
    currentLeaderEpoch: epoch,
    voterId: voter.id,
    voterDirectoryId: voter.directoryId,
    listeners: [...voter.endpoints],
    kRaftVersionFeature: {
      minSupportedVersion: voter.kraftVersionMin,
      maxSupportedVersion: voter.kraftVersionMax,
    },
  }
}

export function readUpdateVoterAnswer(
  response: Decoded<typeof UpdateRaftVoterResponse>,
): EpochNews {
  const { errorCode, currentLeader } = response
  const { leaderId, leaderEpoch, host, port } = currentLeader
  const endpoint = host === '' ? null : { host, port }
  const id = leaderId < 0 ? null : leaderId
  return { errorCode, epoch: leaderEpoch, leaderId: id, leaderEndpoint: endpoint }
}

export function writeUpdateVoterAnswer(news: EpochNews): Draft<typeof UpdateRaftVoterResponse> {
  const { host, port } = news.leaderEndpoint ?? { host: '', port: 0 }
  return { errorCode: news.errorCode, currentLeader: { ...leaderFields(news), host, port } }
}
