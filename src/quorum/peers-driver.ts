/** Sends requests to other replicas and reports what comes of them, as events of the core. Connections are kept open. */
import { unreachable } from '../base/index.ts'
import { NetworkError } from '../io/index.ts'
import type { Clock, Network } from '../io/index.ts'
import {
  AddRaftVoterRequest,
  AddRaftVoterResponse,
  ApiVersionsRequest,
  ApiVersionsResponse,
  BeginQuorumEpochRequest,
  BeginQuorumEpochResponse,
  EndQuorumEpochRequest,
  EndQuorumEpochResponse,
  FetchRequest,
  FetchResponse,
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponse,
  UpdateRaftVoterRequest,
  UpdateRaftVoterResponse,
  VoteRequest,
  VoteResponse,
} from '../protocol/index.ts'
import { NodeConnection, RpcError } from '../rpc/index.ts'
import type { Address, FailureReason, HostPort, Outgoing, QuorumEvent } from './state.ts'
import {
  noNews,
  readEpochAnswer,
  readFetchAnswer,
  readUpdateVoterAnswer,
  readVoteAnswer,
  writeAddVoter,
  writeBeginEpoch,
  writeEndEpoch,
  writeFetch,
  writeRemoveVoter,
  writeUpdateVoter,
  writeVote,
} from './wire-requests.ts'

export interface PeersDeps {
  readonly clock: Clock
  readonly network: Network
}

export interface PeersOptions {
  readonly nodeId: number
  /** Null: not said. */
  readonly clusterId: string | null
  readonly requestTimeoutMs: number
  /** Of one fetch. */
  readonly fetchBytesMax: number
}

/** A long poll must not hold up a vote: answers of one connection come in order. */
type Lane = 'fetch' | 'snapshot' | 'other'

/** The first version that knows pre-votes. */
const PRE_VOTE_SINCE = 2

export class Peers {
  readonly #deps: PeersDeps
  readonly #options: PeersOptions
  readonly #report: (event: QuorumEvent) => void
  readonly #connections = new Map<string, Promise<NodeConnection>>()
  #isClosed = false

  constructor(deps: PeersDeps, options: PeersOptions, report: (event: QuorumEvent) => void) {
    this.#deps = deps
    this.#options = options
    this.#report = report
  }

  /** The answer, or the failure, is reported. */
  send(to: Address, request: Outgoing): void {
    this.#ask(to, request).then(
      (event) => this.#tell(event),
      (error: unknown) => {
        this.#tell({ kind: 'requestFailed', to, request, reason: reasonOf(error) })
      },
    )
  }

  /** A connection of its own kind to the node; made when there is none. Rejects with RpcError or NetworkError. */
  connect(to: HostPort, lane: Lane): Promise<NodeConnection> {
    const key = `${to.host}:${to.port} ${lane}`
    const known = this.#connections.get(key)
    if (known !== undefined) return known
    const { clock, network } = this.#deps
    const { nodeId, requestTimeoutMs } = this.#options
    const made = NodeConnection.connect({
      network,
      clock,
      host: to.host,
      port: to.port,
      clientId: `raft-client-${nodeId}`,
      timeoutMs: requestTimeoutMs,
    })
    this.#connections.set(key, made)
    const forget = (): void => {
      if (this.#connections.get(key) === made) this.#connections.delete(key)
    }
    made.then((connection) => {
      connection.onClosed(forget)
      if (this.#isClosed) connection.close()
    }, forget)
    return made
  }

  /** Which levels of kraft.version the node supports; 0 and 0 when it says nothing. Rejects as {@link connect}. */
  async kraftVersionsOf(to: HostPort): Promise<{ readonly min: number; readonly max: number }> {
    const connection = await this.connect(to, 'other')
    const draft = { clientSoftwareName: 'highwater', clientSoftwareVersion: '0.1.0' }
    // Before version 4 a feature that begins at level 0 is kept secret (KAFKA-17011).
    const { supportedFeatures } = await connection.send(
      ApiVersionsRequest,
      ApiVersionsResponse,
      draft,
      { versionMax: 4 },
    )
    const feature = supportedFeatures.find(({ name }) => name === 'kraft.version')
    return { min: feature?.minVersion ?? 0, max: feature?.maxVersion ?? 0 }
  }

  close(): void {
    this.#isClosed = true
    for (const connection of this.#connections.values()) {
      connection.then(
        (open) => open.close(),
        () => {},
      )
    }
  }

  #tell(event: QuorumEvent): void {
    if (!this.#isClosed) this.#report(event)
  }

  async #ask(to: Address, request: Outgoing): Promise<QuorumEvent> {
    const { clusterId } = this.#options
    const connection = await this.connect(to, request.kind === 'fetch' ? 'fetch' : 'other')
    const from = to.id ?? -1
    switch (request.kind) {
      case 'vote':
        return this.#askVote(connection, from, request)
      case 'beginEpoch': {
        const draft = writeBeginEpoch(request, clusterId)
        const answer = await connection.send(
          BeginQuorumEpochRequest,
          BeginQuorumEpochResponse,
          draft,
        )
        return { kind: 'beginEpochAnswered', from, news: readEpochAnswer(answer) }
      }
      case 'endEpoch': {
        const draft = writeEndEpoch(request, clusterId)
        const answer = await connection.send(EndQuorumEpochRequest, EndQuorumEpochResponse, draft)
        return { kind: 'endEpochAnswered', from, news: readEpochAnswer(answer) }
      }
      case 'fetch': {
        const draft = writeFetch(request, clusterId, this.#options.fetchBytesMax)
        const timeoutMs = this.#options.requestTimeoutMs + request.maxWaitMs
        const answer = await connection.send(FetchRequest, FetchResponse, draft, { timeoutMs })
        return { kind: 'fetchAnswered', id: request.id, answer: readFetchAnswer(answer) }
      }
      case 'updateVoter': {
        const draft = writeUpdateVoter(request, clusterId)
        const answer = await connection.send(UpdateRaftVoterRequest, UpdateRaftVoterResponse, draft)
        return { kind: 'membershipAnswered', news: readUpdateVoterAnswer(answer) }
      }
      case 'addVoter': {
        const draft = writeAddVoter(request.voter, clusterId, this.#options.requestTimeoutMs)
        const answer = await connection.send(AddRaftVoterRequest, AddRaftVoterResponse, draft)
        return { kind: 'membershipAnswered', news: noNews(answer.errorCode) }
      }
      case 'removeVoter': {
        const draft = writeRemoveVoter(request.voter, clusterId)
        const answer = await connection.send(RemoveRaftVoterRequest, RemoveRaftVoterResponse, draft)
        return { kind: 'membershipAnswered', news: noNews(answer.errorCode) }
      }
      default:
        return unreachable(request)
    }
  }

  async #askVote(
    connection: NodeConnection,
    from: number,
    request: Extract<Outgoing, { kind: 'vote' }>,
  ): Promise<QuorumEvent> {
    const { preVote } = request
    if (preVote && (connection.versionOf(VoteRequest) ?? 0) < PRE_VOTE_SINCE) {
      const message = `Cannot ask ${connection.host}:${connection.port} for a pre-vote: it does not know them`
      throw new RpcError('UNSUPPORTED_VERSION', message)
    }
    const draft = writeVote(request, this.#options.clusterId)
    const answer = await connection.send(VoteRequest, VoteResponse, draft)
    return { kind: 'voteAnswered', from, preVote, ...readVoteAnswer(answer) }
  }
}

/** What a failure says of the other node. */
export function reasonOf(error: unknown): FailureReason {
  if (error instanceof NetworkError) {
    if (error.code === 'REFUSED') return 'refused'
    return error.code === 'RESET' ? 'lost' : 'timedOut'
  }
  if (error instanceof RpcError) {
    if (error.code === 'UNSUPPORTED_VERSION') return 'unsupported'
    return error.code === 'CLOSED' ? 'lost' : 'timedOut'
  }
  throw error
}
