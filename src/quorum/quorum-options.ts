/** What a node says to its quorum when it starts it, and what it is told of who leads. */
import type { Uuid } from '../base/index.ts'
import type { QuorumError } from './error.ts'
import type { Found } from './open-driver.ts'
import { initialState } from './quorum.ts'
import type { RetentionOptions } from './snapshot-keeper-driver.ts'
import { TIMING_DEFAULTS } from './state.ts'
import type { HostPort, QuorumState, QuorumTimings } from './state.ts'
import type { VoterEndpoint, VoterSet } from './voters.ts'

/**
 * Who leads from now on. `isSelf` is told only when the first record of the epoch is committed and the listener has everything before it. That this node
 * leads no longer (`isSelf` false) is told at once, before anything of the next leader is handed out.
 */
export interface LeaderChange {
  /** Null: not known. */
  readonly leaderId: number | null
  readonly epoch: number
  readonly isSelf: boolean
}

/** The leader as this node knows it. */
export interface KnownLeader {
  readonly id: number | null
  readonly epoch: number
  /** Of its controller listener. */
  readonly endpoint: HostPort | null
}

export interface QuorumOptions {
  readonly nodeId: number
  /** `directory.id` of the metadata log dir. */
  readonly directoryId: Uuid
  /** `controller.quorum.voters`; counts only while neither snapshot nor log has a voter set. */
  readonly staticVoters: VoterSet
  /** This node's controller listeners, as other nodes would reach them; empty: what the voter set says stays. */
  readonly endpoints: readonly VoterEndpoint[]
  readonly retention: RetentionOptions
  /** Requests that name another cluster are refused. Default: none is. */
  readonly clusterId?: string
  /** A node with the role controller: it may vote, and lead. Default true. False: it only ever observes (broker only). */
  readonly canVote?: boolean
  /** `controller.quorum.auto.join.enable`: a controller that does not vote yet asks to. Default false. */
  readonly autoJoin?: boolean
  /** `controller.quorum.bootstrap.servers`: who is asked while no voter is known, or none answers. */
  readonly bootstrapServers?: readonly HostPort[]
  /** First of `controller.listener.names`: which of a voter's endpoints is used. Default: the voter's first. */
  readonly listenerName?: string
  /** As far as they differ from Apache Kafka's defaults. */
  readonly timings?: Partial<QuorumTimings>
  /** `controller.quorum.fetch.max.bytes`. Default 1 MiB. */
  readonly fetchBytesMax?: number
  /** `controller.quorum.fetch.snapshot.max.bytes`. Default 1 MiB. */
  readonly snapshotBytesMax?: number
  /** See {@link LeaderChange}. Must not throw. */
  readonly onLeaderChange?: (change: LeaderChange) => void
  /** Called once when the metadata log failed after the start: the node must stop. */
  readonly onFailure: (error: QuorumError) => void
}

/** The core's state before it begins. */
export function stateOf(options: QuorumOptions, found: Found): QuorumState {
  const { log, history, votersOutsideLog, snapshot } = found
  return initialState({
    self: { id: options.nodeId, directoryId: options.directoryId },
    selfEndpoints: options.endpoints,
    staticVoters: options.staticVoters,
    canVote: options.canVote ?? true,
    autoJoin: options.autoJoin ?? false,
    timings: { ...TIMING_DEFAULTS, ...options.timings },
    bootstrapServers: options.bootstrapServers ?? [],
    listenerName: options.listenerName ?? null,
    log,
    history,
    votersOutsideLog,
    highWatermark: snapshot?.id.offsetEnd ?? null,
  })
}
