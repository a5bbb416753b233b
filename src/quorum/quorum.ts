/**
 * The core of the metadata quorum: KRaft's rules as a pure step function. It sees offsets, epochs and ids, never bytes; the
 * driver performs the effects in the order given and reports back by events.
 *
 * A single node is a quorum of one by the same rules as a large one: it stands as candidate in a new epoch, its own vote is a
 * majority, it leads, and a record is committed when a majority, itself, has it on its disk.
 *
 * Differences to Apache Kafka, on purpose: the leader's own end counts only once it is durable (Apache's single voter may commit
 * before its fsync); the vote is kept in the file when the voter becomes leader (KAFKA-18389 loses it); a follower whose leader's port refuses
 * connections stands for election early and grants others their pre-vote, one voter after the other in the order of ids.
 */
import { assert, unreachable } from '../base/index.ts'
import {
  onBeginEpochAsked,
  onEndEpochAnswered,
  onEndEpochAsked,
  onPreVoteUnsupported,
  onVoteAnswered,
  onVoteAsked,
  tickElection,
} from './election.ts'
import {
  goOn,
  onAppendRefused,
  onFetchAnswered,
  onFetchFailed,
  onFollowerAppended,
  onSnapshotEvent,
  onTruncated,
  onMembershipAnswered,
  takeFacts,
  tickFollower,
} from './follower.ts'
import {
  checkQuorumAtMs,
  commit,
  noteFetch,
  onBeginEpochAnswered,
  onFetchAsked,
  tickLeader,
  wakeFetches,
} from './leader.ts'
import { lastEpochOf, startingAt, withBatch } from './log-shape.ts'
import type { Election } from './quorum-state.ts'
import type { AppendedBatch, Moment, QuorumEffect, QuorumEvent, QuorumState } from './state.ts'
import { TIMING_DEFAULTS } from './state.ts'
import { becomeProspective, becomeUnattached, isVoterNow, resign } from './transitions.ts'
import { Turn } from './turn.ts'
import { isVoter } from './voters.ts'
import {
  onAddVoterAsked,
  onChangeAbandoned,
  onRemoveVoterAsked,
  onUpdateVoterAsked,
} from './voter-changes.ts'

export interface Step {
  readonly state: QuorumState
  readonly effects: readonly QuorumEffect[]
}

type InitialFields = 'self' | 'selfEndpoints' | 'staticVoters' | 'log' | 'history'
type OptionalFields =
  | 'canVote'
  | 'autoJoin'
  | 'timings'
  | 'bootstrapServers'
  | 'listenerName'
  | 'votersOutsideLog'
  | 'highWatermark'

/** The state of a replica that has read its log, but not yet begun. */
export function initialState(
  init: Pick<QuorumState, InitialFields> & Partial<Pick<QuorumState, OptionalFields>>,
): QuorumState {
  const facts = init.history.at(-1)?.facts
  return {
    canVote: true,
    autoJoin: false,
    timings: TIMING_DEFAULTS,
    bootstrapServers: [],
    listenerName: null,
    votersOutsideLog: false,
    highWatermark: null,
    ...init,
    epoch: 0,
    votedFor: null,
    leader: null,
    role: { name: 'unattached', electionAtMs: Infinity },
    retries: 0,
    fetching: { kind: 'idle', atMs: Infinity },
    fetchId: 0,
    voters: facts?.voters ?? init.staticVoters,
    kraftVersion: facts?.kraftVersion ?? 0,
  }
}

/** The next state and what to do to the world, in this order. */
export function step(state: QuorumState, event: QuorumEvent, moment: Moment): Step {
  if (state.role.name === 'failed') return { state, effects: [] }
  const turn = new Turn(state, moment)
  take(turn, event)
  return { state: turn.state, effects: turn.effects }
}

function take(turn: Turn, event: QuorumEvent): void {
  switch (event.kind) {
    case 'started':
      return start(turn, event.election)
    case 'tick':
      return tick(turn)
    case 'appended':
      return appended(turn, event.batches)
    case 'synced':
      return synced(turn, event.durableEnd)
    case 'truncated':
      return onTruncated(turn)
    case 'appendRefused':
      return onAppendRefused(turn)
    case 'snapshotWritten':
      return turn.set({ log: { ...turn.state.log, snapshot: event.id } })
    case 'logStartMoved':
      return turn.set({ log: startingAt(turn.state.log, event.base) })
    case 'snapshotProgress':
    case 'snapshotFetched':
    case 'snapshotFailed':
    case 'snapshotInstalled':
      return onSnapshotEvent(turn, event)
    case 'voteAsked':
      return onVoteAsked(turn, event.token, event.request)
    case 'beginEpochAsked':
      return onBeginEpochAsked(turn, event.token, event.request)
    case 'endEpochAsked':
      return onEndEpochAsked(turn, event.token, event.request)
    case 'fetchAsked':
      return onFetchAsked(turn, event.token, event.request)
    case 'snapshotAsked':
      return noteFetch(turn, event.replica, null)
    case 'addVoterAsked':
      return onAddVoterAsked(turn, event.token, event.voter, event.ackWhenCommitted)
    case 'removeVoterAsked':
      return onRemoveVoterAsked(turn, event.token, event.voter)
    case 'updateVoterAsked':
      return onUpdateVoterAsked(turn, event.token, event.request)
    case 'changeAbandoned':
      return onChangeAbandoned(turn, event.token)
    case 'voteAnswered':
      return onVoteAnswered(turn, event)
    case 'beginEpochAnswered':
      return onBeginEpochAnswered(turn, event.news)
    case 'endEpochAnswered':
      return onEndEpochAnswered(turn, event.from, event.news)
    case 'fetchAnswered':
      return onFetchAnswered(turn, event.id, event.answer)
    case 'membershipAnswered':
      return onMembershipAnswered(turn, event.news)
    case 'requestFailed':
      return requestFailed(turn, event)
    case 'resign':
      return turn.role('leader') === null ? undefined : resignNow(turn)
    case 'failed':
      return turn.set({ role: { name: 'failed' } })
    default:
      return unreachable(event)
  }
}

/**
 * A replica that led before must not lead again in that epoch (KAFKA-10527): records of the old leadership that its disk
 * lost would be written a second time with other content. One that voted remembers it.
 */
function start(turn: Turn, election: Election | null): void {
  const { state, nowMs, random } = turn
  const epoch = Math.max(election?.epoch ?? 0, lastEpochOf(state.log))
  const isOfFile = election !== null && election.epoch === epoch
  const timeoutMs = state.timings.electionTimeoutMs * (1 + random)
  turn.set({
    epoch,
    votedFor: isOfFile ? election.votedFor : null,
    role: { name: 'unattached', electionAtMs: nowMs + timeoutMs },
    fetching: { kind: 'idle', atMs: nowMs },
  })
  const leaderId = isOfFile ? election.leaderId : null
  if (leaderId !== null) turn.set({ leader: { id: leaderId, endpoint: null } })
  if (!isVoterNow(state)) return becomeUnattached(turn, epoch, Infinity)
  if (state.voters.length === 1 && isVoter(state.voters, state.self)) return becomeProspective(turn)
  if (leaderId !== state.self.id) return
  const askAtMs = new Map<number, number>()
  turn.set({
    role: { name: 'resigned', endsAtMs: nowMs + timeoutMs, askAtMs, candidates: [] },
  })
}

function resignNow(turn: Turn): void {
  resign(turn)
  tickElection(turn)
}

function tick(turn: Turn): void {
  tickElection(turn)
  tickFollower(turn)
  tickLeader(turn)
}

function appended(turn: Turn, batches: readonly AppendedBatch[]): void {
  const { state } = turn
  let { log } = state
  const history = [...state.history]
  for (const { epoch, offsetEnd, facts } of batches) {
    log = withBatch(log, epoch, offsetEnd)
    if (facts !== null) history.push({ offsetEnd, facts })
  }
  turn.set({ log })
  if (history.length > state.history.length) {
    const votersOutsideLog = state.votersOutsideLog && history.at(-1)?.facts.voters === null
    turn.set({ history, votersOutsideLog })
    takeFacts(turn)
  }
  if (turn.role('leader') === null) return onFollowerAppended(turn)
  turn.do({ kind: 'sync', logEnd: log.end })
  wakeFetches(turn)
  tickLeader(turn)
}

function synced(turn: Turn, durableEnd: number): void {
  const { log } = turn.state
  assert(durableEnd <= log.end, `Cannot have ${durableEnd} on disk: the log ends at ${log.end}`)
  if (durableEnd > log.durableEnd) turn.set({ log: { ...log, durableEnd } })
  commit(turn)
  trimHistory(turn)
  goOn(turn)
}

/** Nothing below the high watermark is ever truncated. */
function trimHistory(turn: Turn): void {
  const { history, highWatermark } = turn.state
  const index = history.findLastIndex(({ offsetEnd }) => offsetEnd <= (highWatermark ?? 0))
  if (index > 0) turn.set({ history: history.slice(index) })
}

function requestFailed(
  turn: Turn,
  { request, reason, to }: Extract<QuorumEvent, { kind: 'requestFailed' }>,
): void {
  const { role, timings } = turn.state
  const againMs = turn.nowMs + timings.retryBackoffMs * (1 + turn.random)
  const id = to.id ?? -1
  if (request.kind === 'fetch') return onFetchFailed(turn, request.id, reason, to)
  if (request.kind === 'vote' && request.preVote && reason === 'unsupported') {
    return onPreVoteUnsupported(turn)
  }
  if (request.kind === 'vote' && (role.name === 'prospective' || role.name === 'candidate')) {
    const { askAtMs } = role.ballot
    if (!askAtMs.has(id)) return
    const ballot = { ...role.ballot, askAtMs: new Map([...askAtMs, [id, againMs]]) }
    return turn.set({ role: { ...role, ballot } })
  }
  if (request.kind === 'endEpoch' && role.name === 'resigned' && role.askAtMs.has(id)) {
    turn.setRole('resigned', { askAtMs: new Map([...role.askAtMs, [id, againMs]]) })
  }
}

/** When a `tick` is due, monotonic; Infinity: never. */
export function nextTickMs(state: QuorumState): number {
  const { role, fetching } = state
  const fetchAtMs = fetching.kind === 'idle' ? fetching.atMs : Infinity
  switch (role.name) {
    case 'unattached':
      return Math.min(role.electionAtMs, fetchAtMs)
    case 'prospective':
      return Math.min(role.endsAtMs, ...role.ballot.askAtMs.values())
    case 'candidate':
      return Math.min(role.endsAtMs, ...(role.isLost ? [] : role.ballot.askAtMs.values()))
    case 'resigned':
      return Math.min(role.endsAtMs, fetchAtMs, ...role.askAtMs.values())
    case 'follower': {
      const giveUpAtMs = fetching.kind === 'applying' ? Infinity : role.fetchTimeoutAtMs
      return Math.min(giveUpAtMs, fetchAtMs, role.hasFetched ? role.membershipAtMs : Infinity)
    }
    case 'leader':
      return Math.min(
        checkQuorumAtMs(state, role),
        ...role.beginAtMs.values(),
        ...role.parked.map(({ deadlineMs }) => deadlineMs),
      )
    case 'failed':
      return Infinity
    default:
      return unreachable(role)
  }
}
