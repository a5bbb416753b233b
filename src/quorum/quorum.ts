/**
 * The core of the metadata quorum: KRaft's rules as a pure step function. It sees offsets, epochs and ids, never bytes; the
 * driver performs the effects in the order given and reports back by events.
 *
 * A single node is a quorum of one by the same rules as a large one: it stands as candidate in a new epoch, its own vote is a
 * majority, it leads, and a record is committed when a majority, itself, has it on its disk. What is not here yet are the
 * events that only other voters cause (votes, fetches, epochs heard from others).
 *
 * Differences to Apache Kafka, both on purpose: the leader's own end counts only once it is durable (Apache's single voter may commit
 * before its fsync), and the vote is kept in the file when the voter becomes leader (KAFKA-18389 loses it).
 */
import { assert, unreachable } from '../base/index.ts'
import type { Election } from './quorum-state.ts'
import { isMajority, isVoter, majorityEnd, sameEndpoints } from './voters.ts'
import type { ReplicaKey, VoterEndpoint, VoterSet } from './voters.ts'

export type Role =
  /** Knows the epoch, no leader. */
  | { readonly name: 'unattached' }
  /** Asked for votes in this epoch; `granted` holds the ids that gave theirs, its own among them. */
  | { readonly name: 'candidate'; readonly granted: readonly number[] }
  /** `epochStart` is the offset of the epoch's first record; `ends` how far each voter is known to have the log on its disk. */
  | {
      readonly name: 'leader'
      readonly epochStart: number
      readonly ends: ReadonlyMap<number, number>
    }
  /** The metadata log dir failed: nothing may be promised any more. */
  | { readonly name: 'failed' }

export interface QuorumState {
  readonly self: ReplicaKey
  /** What this node's listeners are today; its entry in the voter set follows. */
  readonly selfEndpoints: readonly VoterEndpoint[]
  readonly epoch: number
  readonly role: Role
  /** The latest voter set in log or snapshot, committed or not (KIP-853); the static voters when there is none. */
  readonly voters: VoterSet
  readonly kraftVersion: number
  /** The voter set stands only in the bootstrap snapshot (0-0) and must be repeated in the log, which is what followers get. */
  readonly votersOutsideLog: boolean
  /** One past the last record appended. */
  readonly logEnd: number
  /** One past the last record that is committed; null until a leader of this epoch has committed one of its own. */
  readonly highWatermark: number | null
}

export type QuorumEvent =
  /** The replica has read its files; only ever the first event. */
  | { readonly kind: 'started'; readonly election: Election | null; readonly lastLogEpoch: number }
  /** Records up to `logEnd` were appended to the page cache. */
  | { readonly kind: 'appended'; readonly logEnd: number }
  /** Records up to `durableEnd` are on this node's disk. */
  | { readonly kind: 'synced'; readonly durableEnd: number }
  | { readonly kind: 'failed' }

export type QuorumEffect =
  /** Write and fsync quorum-state before performing the next effect. */
  | { readonly kind: 'persistElection'; readonly election: Election }
  /** Append the epoch's first batch: LeaderChange, then, if `voters` is set, KRaftVersion and Voters. */
  | {
      readonly kind: 'appendEpochStart'
      readonly epoch: number
      readonly grantingVoters: readonly number[]
      readonly voters: VoterSet | null
    }
  /** fsync the log up to `logEnd`, then report `synced`. */
  | { readonly kind: 'sync'; readonly logEnd: number }
  /** Records below `highWatermark` are committed: hand them out, in order. */
  | { readonly kind: 'commit'; readonly highWatermark: number }

export interface Step {
  readonly state: QuorumState
  readonly effects: readonly QuorumEffect[]
}

/** The state of a replica that has not read its files yet. */
export function initialState(
  init: Pick<
    QuorumState,
    'self' | 'selfEndpoints' | 'voters' | 'kraftVersion' | 'votersOutsideLog' | 'logEnd'
  >,
): QuorumState {
  return { ...init, epoch: 0, role: { name: 'unattached' }, highWatermark: null }
}

/** The next state and what to do to the world, in this order. */
export function step(state: QuorumState, event: QuorumEvent): Step {
  switch (event.kind) {
    case 'started':
      return start(state, event.election, event.lastLogEpoch)
    case 'appended':
      return appended(state, event.logEnd)
    case 'synced':
      return synced(state, event.durableEnd)
    case 'failed':
      return { state: { ...state, role: { name: 'failed' } }, effects: [] }
    default:
      return unreachable(event)
  }
}

/**
 * A replica that led or voted before must not lead again in that epoch (KAFKA-10527): records of the old leadership that its disk
 * lost would be written a second time with other content. So it begins without a leader in the highest epoch it ever saw.
 */
function start(state: QuorumState, election: Election | null, lastLogEpoch: number): Step {
  const epoch = Math.max(election?.epoch ?? 0, lastLogEpoch)
  const unattached: QuorumState = { ...state, epoch, role: { name: 'unattached' } }
  const isOnlyVoter = state.voters.length === 1 && isVoter(state.voters, state.self)
  return isOnlyVoter ? campaign(unattached) : { state: unattached, effects: [] }
}

/** Votes for itself in the next epoch. Vote and, if that is a majority already, leadership are persisted at once. */
function campaign(state: QuorumState): Step {
  const candidate: QuorumState = {
    ...state,
    epoch: state.epoch + 1,
    role: { name: 'candidate', granted: [state.self.id] },
  }
  if (isMajority(1, state.voters)) return lead(candidate, [state.self.id])
  const election = { epoch: candidate.epoch, leaderId: null, votedFor: state.self }
  return { state: candidate, effects: [{ kind: 'persistElection', election }] }
}

function lead(state: QuorumState, granted: readonly number[]): Step {
  const { self, epoch } = state
  const voters = votersToRepeat(state)
  const next: QuorumState = {
    ...state,
    voters: voters ?? state.voters,
    votersOutsideLog: false,
    role: { name: 'leader', epochStart: state.logEnd, ends: new Map() },
  }
  return {
    state: next,
    effects: [
      { kind: 'persistElection', election: { epoch, leaderId: self.id, votedFor: self } },
      { kind: 'appendEpochStart', epoch, grantingVoters: granted, voters },
    ],
  }
}

/** The voter set that a new leader must write into the log, or null when the log has the right one. */
function votersToRepeat(state: QuorumState): VoterSet | null {
  if (state.kraftVersion === 0) return null
  const own = state.voters.find(({ id }) => id === state.self.id)
  const moved =
    own !== undefined &&
    state.selfEndpoints.length > 0 &&
    !sameEndpoints(own.endpoints, state.selfEndpoints)
  if (!moved) return state.votersOutsideLog ? state.voters : null
  return state.voters.map((voter) =>
    voter === own ? { ...voter, endpoints: state.selfEndpoints } : voter,
  )
}

function appended(state: QuorumState, logEnd: number): Step {
  assert(logEnd > state.logEnd, `The log end must rise: from ${state.logEnd} to ${logEnd}`)
  return { state: { ...state, logEnd }, effects: [{ kind: 'sync', logEnd }] }
}

function synced(state: QuorumState, durableEnd: number): Step {
  assert(
    durableEnd <= state.logEnd,
    `Cannot have ${durableEnd} on disk: the log ends at ${state.logEnd}`,
  )
  const { role } = state
  if (role.name !== 'leader') return { state, effects: [] }
  const ends = new Map(role.ends)
  ends.set(state.self.id, Math.max(ends.get(state.self.id) ?? 0, durableEnd))
  return commit({ ...state, role: { ...role, ends } })
}

/**
 * Advances the high watermark to what a majority has on disk, but only beyond the epoch's first record: what older epochs left
 * behind is committed by a record of this one (KAFKA-12619, Raft 5.4.2). It never falls.
 */
function commit(state: QuorumState): Step {
  const { role } = state
  assert(role.name === 'leader', 'Only a leader advances the high watermark')
  const reached = majorityEnd(state.voters.map(({ id }) => role.ends.get(id) ?? 0))
  const known = state.highWatermark ?? 0
  if (reached <= role.epochStart || reached <= known) return { state, effects: [] }
  return {
    state: { ...state, highWatermark: reached },
    effects: [{ kind: 'commit', highWatermark: reached }],
  }
}
