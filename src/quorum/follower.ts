/** What everybody does who does not lead: one fetch after the other, each when what the last one brought is on disk. */
import { errorCodes } from '../protocol/index.ts'
import { onLeaderGone } from './election.ts'
import { afterSnapshot, lastEpochOf, truncated, truncationFor } from './log-shape.ts'
import { sendMembership } from './membership.ts'
import { leaderAddress, someAddress } from './peers.ts'
import type { Address, EpochNews, FailureReason, FetchAnswer, QuorumEvent } from './state.ts'
import {
  becomeProspective,
  becomeUnattached,
  DISCOVERY_EVERY_MS,
  isVoterNow,
  observe,
} from './transitions.ts'
import type { Turn } from './turn.ts'

/** How long a fetch may wait at the leader (KafkaRaftClient), but never so long that it takes the leader for dead. */
const FETCH_MAX_WAIT_MS = 500

export function tickFollower(turn: Turn): void {
  const { state, nowMs } = turn
  const role = turn.role('follower')
  if (role !== null && nowMs >= role.fetchTimeoutAtMs && state.fetching.kind !== 'applying') {
    if (isVoterNow(state)) return becomeProspective(turn)
    becomeUnattached(turn, state.epoch)
  }
  sendFetch(turn)
  sendMembership(turn)
}

/** Asks the leader for what comes next, or anybody who the leader is. */
export function sendFetch(turn: Turn): void {
  const { state, nowMs } = turn
  const { role, fetching, log, canVote } = state
  const isFollower = role.name === 'follower'
  if (!isFollower && role.name !== 'unattached' && role.name !== 'resigned') return
  if (fetching.kind !== 'idle' || fetching.atMs > nowMs) return
  // Whoever it asks may be the leader, and take the fetch for an acknowledgement.
  if (canVote && log.durableEnd < log.end) {
    turn.set({ fetching: { kind: 'applying' } })
    return turn.do({ kind: 'sync', logEnd: log.end })
  }
  const to = isFollower ? leaderAddress(turn.state, turn.random) : someAddress(state, turn.random)
  const id = state.fetchId + 1
  if (to === null) {
    return turn.set({ fetching: { kind: 'idle', atMs: nowMs + DISCOVERY_EVERY_MS } })
  }
  turn.set({ fetchId: id, fetching: { kind: 'sent', id } })
  const request = {
    kind: 'fetch',
    id,
    replica: state.self,
    epoch: state.epoch,
    offset: log.end,
    lastEpoch: lastEpochOf(log),
    highWatermark: state.highWatermark ?? -1,
    maxWaitMs: isFollower ? Math.min(FETCH_MAX_WAIT_MS, state.timings.fetchTimeoutMs / 4) : 0,
  } as const
  turn.do({ kind: 'send', to, request })
}

function fetchAgainIn(turn: Turn, delayMs: number): void {
  turn.set({ fetching: { kind: 'idle', atMs: turn.nowMs + delayMs } })
}

export function onFetchAnswered(turn: Turn, id: number, answer: FetchAnswer): void {
  const { fetching, epoch, timings } = turn.state
  const isAwaited = fetching.kind === 'sent' && fetching.id === id
  const before = turn.role('follower')
  if (isAwaited) fetchAgainIn(turn, 0)
  observe(turn, answer)
  const role = turn.role('follower')
  // Whatever came with news is asked for again, in the new epoch.
  if (!isAwaited || turn.state.epoch !== epoch) return
  if (role === null) return fetchAgainIn(turn, DISCOVERY_EVERY_MS)
  if (before === null) return
  const isOfLeader = answer.epoch === epoch && answer.leaderId === turn.state.leader?.id
  if (answer.errorCode !== errorCodes.NONE || !isOfLeader) {
    return fetchAgainIn(turn, timings.retryBackoffMs)
  }
  onFetched(turn, answer)
}

function onFetched(turn: Turn, answer: FetchAnswer): void {
  heardLeader(turn)
  const { highWatermark, diverging, snapshot, payload } = answer
  if (diverging !== null) return truncate(turn, diverging)
  if (snapshot !== null) return fetchSnapshot(turn, snapshot)
  turn.setRole('follower', { leaderHighWatermark: highWatermark })
  if (payload === null) {
    learnHighWatermark(turn)
    return sendFetch(turn)
  }
  turn.set({ fetching: { kind: 'applying' } })
  turn.do({ kind: 'append', epoch: turn.state.epoch, payload })
}

/** The leader lives, and this replica follows it. */
function heardLeader(turn: Turn): void {
  const { timings } = turn.state
  turn.set({ retries: 0 })
  turn.setRole('follower', {
    fetchTimeoutAtMs: turn.nowMs + timings.fetchTimeoutMs,
    hasFetched: true,
    isLost: false,
  })
}

function truncate(turn: Turn, end: NonNullable<FetchAnswer['diverging']>): void {
  const { log, highWatermark, history } = turn.state
  const offset = truncationFor(log, end)
  if (offset === null || offset < (highWatermark ?? 0)) {
    const message = `Cannot follow the leader: its log parts from this one at ${offset ?? 'a lost offset'}, below the high watermark ${highWatermark}`
    return turn.do({ kind: 'fail', message })
  }
  const kept = history.filter((at, index) => index === 0 || at.offsetEnd <= offset)
  turn.set({ log: truncated(log, offset), fetching: { kind: 'applying' }, history: kept })
  takeFacts(turn)
  turn.do({ kind: 'truncate', offset })
}

/** Voters and version as the latest record has them. */
export function takeFacts(turn: Turn): void {
  const { history, staticVoters } = turn.state
  const facts = history.at(-1)?.facts
  turn.set({
    kraftVersion: facts?.kraftVersion ?? 0,
    voters: facts?.voters ?? staticVoters,
  })
}

function fetchSnapshot(turn: Turn, id: NonNullable<FetchAnswer['snapshot']>): void {
  const { highWatermark, epoch, timings } = turn.state
  const from = leaderAddress(turn.state, turn.random)
  // What is committed here is never replaced by an older state.
  if (from === null || id.offsetEnd < (highWatermark ?? 0)) {
    return fetchAgainIn(turn, timings.retryBackoffMs)
  }
  turn.set({ fetching: { kind: 'snapshot', id } })
  turn.do({ kind: 'fetchSnapshot', id, from, epoch })
}

export function onSnapshotEvent(
  turn: Turn,
  event: Extract<
    QuorumEvent,
    { kind: 'snapshotProgress' | 'snapshotFetched' | 'snapshotFailed' | 'snapshotInstalled' }
  >,
): void {
  if (event.kind === 'snapshotInstalled') return installed(turn, event)
  if (event.kind === 'snapshotFailed' && event.news !== null) observe(turn, event.news)
  const { fetching, timings } = turn.state
  const role = turn.role('follower')
  if (fetching.kind !== 'snapshot' || role === null) return
  if (event.kind === 'snapshotFailed') return fetchAgainIn(turn, timings.retryBackoffMs)
  heardLeader(turn)
  if (event.kind === 'snapshotProgress') return
  turn.set({ fetching: { kind: 'applying' } })
  turn.do({ kind: 'installSnapshot', id: event.id })
}

function installed(
  turn: Turn,
  { id, facts }: Extract<QuorumEvent, { kind: 'snapshotInstalled' }>,
): void {
  turn.set({
    log: afterSnapshot(id),
    history: [{ offsetEnd: id.offsetEnd, facts }],
    votersOutsideLog: false,
    highWatermark: Math.max(turn.state.highWatermark ?? 0, id.offsetEnd),
    fetching: { kind: 'idle', atMs: turn.nowMs },
  })
  takeFacts(turn)
  sendFetch(turn)
}

/** What was fetched is in the log; who may vote fetches again when it is on disk. */
export function onFollowerAppended(turn: Turn): void {
  const { log, canVote } = turn.state
  learnHighWatermark(turn)
  if (canVote) turn.do({ kind: 'sync', logEnd: log.end })
  else goOn(turn)
}

export function onTruncated(turn: Turn): void {
  const { log, canVote } = turn.state
  if (canVote && log.durableEnd < log.end) turn.do({ kind: 'sync', logEnd: log.end })
  else goOn(turn)
}

/** The log is as the last answer wanted it. */
export function goOn(turn: Turn): void {
  const { fetching, log, canVote } = turn.state
  if (fetching.kind !== 'applying') return
  if (canVote && log.durableEnd < log.end) return
  fetchAgainIn(turn, 0)
  sendFetch(turn)
}

export function onAppendRefused(turn: Turn): void {
  if (turn.state.fetching.kind === 'applying') fetchAgainIn(turn, turn.state.timings.retryBackoffMs)
}

/** Committed is what the leader says is, as far as this log goes. It never falls. */
function learnHighWatermark(turn: Turn): void {
  const { log, highWatermark } = turn.state
  const theirs = turn.role('follower')?.leaderHighWatermark ?? null
  if (theirs === null) return
  const reached = Math.min(theirs, log.end)
  if (reached <= (highWatermark ?? -1)) return
  turn.set({ highWatermark: reached })
  turn.do({ kind: 'commit', highWatermark: reached })
}

export function onFetchFailed(turn: Turn, id: number, reason: FailureReason, to: Address): void {
  const { fetching, leader, timings } = turn.state
  if (fetching.kind !== 'sent' || fetching.id !== id) return
  const isFollower = turn.role('follower') !== null
  if (!isFollower) return fetchAgainIn(turn, DISCOVERY_EVERY_MS)
  // A connection that broke says little; that nobody listens any more says that the process is gone.
  if (reason === 'refused' && to.id === leader?.id) onLeaderGone(turn)
  fetchAgainIn(turn, reason === 'lost' ? 0 : timings.retryBackoffMs * (1 + turn.random))
  sendFetch(turn)
}

export function onMembershipAnswered(turn: Turn, news: EpochNews): void {
  observe(turn, news)
}
