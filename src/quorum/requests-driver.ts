/** Answers what other nodes and tools ask of the quorum: decoded bodies in, response drafts out. */
import { errorCodes } from '../protocol/index.ts'
import type {
  AddRaftVoterRequest,
  AddRaftVoterResponse,
  BeginQuorumEpochRequest,
  BeginQuorumEpochResponse,
  DescribeQuorumRequest,
  DescribeQuorumResponse,
  EndQuorumEpochRequest,
  EndQuorumEpochResponse,
  FetchRequest,
  FetchResponse,
  FetchSnapshotRequest,
  FetchSnapshotResponse,
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponse,
  UpdateRaftVoterRequest,
  UpdateRaftVoterResponse,
  VoteRequest,
  VoteResponse,
} from '../protocol/index.ts'
import type { Decoded, Draft } from '../wire/index.ts'
import { describeQuorum } from './describe.ts'
import { leaderProblem } from './leadership.ts'
import type { MetadataLog } from './log-driver.ts'
import { chooseEndpoint } from './peers.ts'
import type { QuorumDeps, Replica } from './replica-driver.ts'
import type { SnapshotId } from './snapshot-file.ts'
import type { Snapshots } from './snapshots-driver.ts'
import { addProblem } from './voter-changes.ts'
import type { Voter } from './voters.ts'
import {
  leaderFields,
  METADATA_TOPIC,
  nodeEndpoints,
  readAddVoter,
  readBeginEpoch,
  readEndEpoch,
  readFetch,
  readUpdateVoter,
  readVote,
  writeEpochAnswer,
  writeFetchAnswer,
  writeUpdateVoterAnswer,
  writeVoteAnswer,
} from './wire-requests.ts'

const NO_RECORDS = Buffer.alloc(0)
/** More is never read at once, whatever is asked for: the loop has other work. */
const READ_BYTES_MAX = 8 * 1024 * 1024

export interface RequestsOptions {
  readonly clusterId?: string
  readonly listenerName?: string
}

export class QuorumRequests {
  readonly #deps: QuorumDeps
  readonly #log: MetadataLog
  readonly #replica: Replica
  readonly #snapshots: Snapshots
  readonly #options: RequestsOptions

  constructor(
    deps: QuorumDeps,
    log: MetadataLog,
    replica: Replica,
    snapshots: Snapshots,
    options: RequestsOptions,
  ) {
    this.#deps = deps
    this.#log = log
    this.#replica = replica
    this.#snapshots = snapshots
    this.#options = options
  }

  async vote(request: Decoded<typeof VoteRequest>): Promise<Draft<typeof VoteResponse>> {
    const problem = this.#problem(request.clusterId, readVote(request))
    if (typeof problem === 'number') return { errorCode: problem, topics: [] }
    const asked = { kind: 'voteAsked', request: problem } as const
    const { reply, news } = await this.#replica.ask((token) => ({ ...asked, token }))
    return writeVoteAnswer(news, reply.kind === 'vote' && reply.isGranted)
  }

  async beginEpoch(
    request: Decoded<typeof BeginQuorumEpochRequest>,
  ): Promise<Draft<typeof BeginQuorumEpochResponse>> {
    const problem = this.#problem(request.clusterId, readBeginEpoch(request))
    if (typeof problem === 'number') return { errorCode: problem, topics: [] }
    const asked = { kind: 'beginEpochAsked', request: problem } as const
    const { news } = await this.#replica.ask((token) => ({ ...asked, token }))
    return writeEpochAnswer(news)
  }

  async endEpoch(
    request: Decoded<typeof EndQuorumEpochRequest>,
  ): Promise<Draft<typeof EndQuorumEpochResponse>> {
    const problem = this.#problem(request.clusterId, readEndEpoch(request))
    if (typeof problem === 'number') return { errorCode: problem, topics: [] }
    const asked = { kind: 'endEpochAsked', request: problem } as const
    const { news } = await this.#replica.ask((token) => ({ ...asked, token }))
    return writeEpochAnswer(news)
  }

  async fetch(request: Decoded<typeof FetchRequest>): Promise<Draft<typeof FetchResponse>> {
    const problem = this.#problem(request.clusterId, readFetch(request))
    if (typeof problem === 'number') return { errorCode: problem, responses: [] }
    const asked = { kind: 'fetchAsked', request: problem } as const
    const { reply, news } = await this.#replica.ask((token) => ({ ...asked, token }))
    const nothing = { highWatermark: null, diverging: null, snapshot: null }
    const { base } = this.#replica.state.log
    if (reply.kind !== 'fetch')
      return writeFetchAnswer({ ...news, ...nothing }, base.offsetEnd, NO_RECORDS)
    const { read, logStart } = reply
    if (read === null) return writeFetchAnswer({ ...news, ...reply }, logStart, NO_RECORDS)
    const maxBytes = Math.min(Math.max(problem.maxBytes, 1), READ_BYTES_MAX)
    const options = { maxBytes, offsetEndMax: read.offsetEnd, minOneBatch: true }
    const result = await this.#log.read(read.offset, options)
    // What is read belongs to this leadership only while it lasts.
    if (leaderProblem(this.#replica.state, problem.epoch) !== errorCodes.NONE) {
      const late = this.#replica.news(errorCodes.NOT_LEADER_OR_FOLLOWER)
      return writeFetchAnswer({ ...late, ...nothing }, logStart, NO_RECORDS)
    }
    if (result.kind !== 'batches') {
      const errorCode = errorCodes.KAFKA_STORAGE_ERROR
      return writeFetchAnswer({ ...news, ...nothing, errorCode }, logStart, NO_RECORDS)
    }
    return writeFetchAnswer({ ...news, ...reply }, logStart, result.buffer)
  }

  fetchSnapshot(
    request: Decoded<typeof FetchSnapshotRequest>,
  ): Promise<Draft<typeof FetchSnapshotResponse>> {
    const [topic] = request.topics
    const asked = topic?.partitions[0]
    const isOne = request.topics.length === 1 && topic?.partitions.length === 1
    const isMetadata = topic?.name === METADATA_TOPIC && asked?.partition === 0
    const found = this.#problem(request.clusterId, isOne && isMetadata ? (asked ?? null) : null)
    if (typeof found === 'number') return Promise.resolve({ errorCode: found, topics: [] })
    const { snapshotId, position, currentLeaderEpoch, replicaDirectoryId } = found
    const id = { offsetEnd: snapshotId.endOffset, epoch: snapshotId.epoch }
    const piece = this.#readPiece(id, currentLeaderEpoch, position, request.maxBytes)
    const news = this.#replica.news(piece.errorCode)
    if (piece.errorCode === errorCodes.NONE) {
      const replica = { id: request.replicaId, directoryId: replicaDirectoryId }
      this.#replica.feed({ kind: 'snapshotAsked', replica })
    }
    const partition = {
      index: 0,
      errorCode: piece.errorCode,
      snapshotId,
      currentLeader: leaderFields(news),
      size: piece.size,
      position,
      unalignedRecords: piece.bytes,
    }
    return Promise.resolve({
      errorCode: errorCodes.NONE,
      topics: [{ name: METADATA_TOPIC, partitions: [partition] }],
      nodeEndpoints: nodeEndpoints(news),
    })
  }

  describe(
    request: Decoded<typeof DescribeQuorumRequest>,
  ): Promise<Draft<typeof DescribeQuorumResponse>> {
    const { clock } = this.#deps
    const [nowMs, wallMs] = [clock.monotonicMs(), clock.wallMs()]
    return Promise.resolve(describeQuorum(this.#replica.state, request, nowMs, wallMs))
  }

  async addVoter(
    request: Decoded<typeof AddRaftVoterRequest>,
  ): Promise<Draft<typeof AddRaftVoterResponse>> {
    const { clusterId, timeoutMs, listeners, ackWhenCommitted } = request
    if (this.#isOtherCluster(clusterId)) return refusal(errorCodes.INCONSISTENT_CLUSTER_ID)
    const to = chooseEndpoint(listeners, this.#options.listenerName ?? null)
    if (to === null) return refusal(errorCodes.INVALID_REQUEST, 'The voter has no listener')
    // Before the new voter is asked anything: what it supports does not matter yet.
    const { state } = this.#replica
    const { kraftVersion } = state
    const first = readAddVoter(request, { min: kraftVersion, max: kraftVersion })
    const problem = addProblem(state, first, this.#deps.clock.monotonicMs())
    if (problem !== null) return refusal(problem.errorCode, problem.message)
    let voter: Voter
    try {
      const range = await this.#replica.peers.kraftVersionsOf(to)
      voter = readAddVoter(request, range)
    } catch (error) {
      const message = `Cannot ask node ${request.voterId} at ${to.host}:${to.port} for its versions: ${error instanceof Error ? error.message : String(error)}`
      return refusal(errorCodes.REQUEST_TIMED_OUT, message)
    }
    return this.#change(timeoutMs, (token) => ({
      kind: 'addVoterAsked',
      token,
      voter,
      ackWhenCommitted,
    }))
  }

  async removeVoter(
    request: Decoded<typeof RemoveRaftVoterRequest>,
  ): Promise<Draft<typeof RemoveRaftVoterResponse>> {
    const { clusterId, voterId: id, voterDirectoryId: directoryId } = request
    if (this.#isOtherCluster(clusterId)) return refusal(errorCodes.INCONSISTENT_CLUSTER_ID)
    return this.#change(CHANGE_TIMEOUT_MS, (token) => ({
      kind: 'removeVoterAsked',
      token,
      voter: { id, directoryId },
    }))
  }

  async updateVoter(
    request: Decoded<typeof UpdateRaftVoterRequest>,
  ): Promise<Draft<typeof UpdateRaftVoterResponse>> {
    if (this.#isOtherCluster(request.clusterId)) {
      return { errorCode: errorCodes.INCONSISTENT_CLUSTER_ID }
    }
    const asked = { kind: 'updateVoterAsked', request: readUpdateVoter(request) } as const
    const { news } = await this.#replica.ask((token) => ({ ...asked, token }))
    return writeUpdateVoterAnswer(news)
  }

  /** Waits for the commit of the change, but no longer than allowed. */
  async #change(
    timeoutMs: number,
    event: (token: number) => Parameters<Replica['feed']>[0],
  ): Promise<Draft<typeof AddRaftVoterResponse>> {
    let abandon = (): void => {}
    const asked = this.#replica.ask((token) => {
      abandon = () => this.#replica.feed({ kind: 'changeAbandoned', token })
      return event(token)
    })
    const { promise: timedOut, resolve } = Promise.withResolvers<null>()
    const timer = this.#deps.clock.after(timeoutMs, () => resolve(null))
    const answer = await Promise.race([asked, timedOut])
    timer.cancel()
    if (answer === null) {
      abandon()
      return refusal(errorCodes.REQUEST_TIMED_OUT, 'The change was not committed in time')
    }
    const { reply } = answer
    const message = reply.kind === 'plain' ? reply.message : undefined
    return refusal(reply.errorCode, message ?? null)
  }

  #isOtherCluster(clusterId: string | null): boolean {
    const own = this.#options.clusterId ?? null
    return clusterId !== null && own !== null && clusterId !== own
  }

  /** What was read of a request, or the error of all of it. */
  #problem<T>(clusterId: string | null, request: T | null): T | number {
    if (this.#isOtherCluster(clusterId)) return errorCodes.INCONSISTENT_CLUSTER_ID
    return request ?? errorCodes.INVALID_REQUEST
  }

  #readPiece(
    id: SnapshotId,
    epoch: number,
    position: number,
    maxBytes: number,
  ): { readonly errorCode: number; readonly size: number; readonly bytes: Buffer } {
    const refuse = (errorCode: number): { errorCode: number; size: number; bytes: Buffer } => ({
      errorCode,
      size: 0,
      bytes: NO_RECORDS,
    })
    const problem = leaderProblem(this.#replica.state, epoch)
    if (problem !== errorCodes.NONE) return refuse(problem)
    const size = this.#snapshots.sizeBytes(id)
    if (size === 0) return refuse(errorCodes.SNAPSHOT_NOT_FOUND)
    if (position < 0 || position >= size) return refuse(errorCodes.POSITION_OUT_OF_RANGE)
    const length = Math.min(Math.max(maxBytes, 1), READ_BYTES_MAX, size - position)
    return { errorCode: errorCodes.NONE, size, bytes: this.#snapshots.read(id, position, length) }
  }
}

/** A change of the voters without a time of its own. */
const CHANGE_TIMEOUT_MS = 30_000

function refusal(
  errorCode: number,
  errorMessage: string | null = null,
): Draft<typeof AddRaftVoterResponse> {
  return { errorCode, errorMessage }
}
