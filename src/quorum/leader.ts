/** What a leader does: learns from fetches how far the others are, commits, and steps down when it hears of too few. */
import { errorCodes } from '../protocol/index.ts'
import { leaderHighWatermark, leaderProblem } from './leadership.ts'
import { compareLogs } from './log-shape.ts'
import { addressOf, otherVoters } from './peers.ts'
import type { EpochNews, FetchCore, FetchReply, QuorumState, Replica } from './state.ts'
import { fetchRefusal, observe, replicaName, resign } from './transitions.ts'
import type { RoleOf, Turn } from './turn.ts'
import { isVoter, majorityEnd } from './voters.ts'
import type { ReplicaKey } from './voters.ts'
import { onChangeCommitted } from './voter-changes.ts'

/** A leader that a majority has not asked for so many fetch timeouts is cut off (KAFKA-15489). */
const CHECK_QUORUM_TIMEOUTS = 1.5
/** Observers that were silent for so long are forgotten. */
const OBSERVER_FORGOTTEN_MS = 5 * 60 * 1000

type LeaderRole = RoleOf<'leader'>

/** The fetch is the acknowledgement: who asks for an offset has all below it on its disk. */
export function onFetchAsked(turn: Turn, token: number, request: FetchCore): void {
  const { replica, epoch, offset, lastEpoch, maxWaitMs } = request
  const refuse = (errorCode: number): void =>
    turn.answer(token, fetchRefusal(turn.state, errorCode))
  const isPossible = lastEpoch >= 0 && lastEpoch <= epoch && offset >= 0 && maxWaitMs >= 0
  if (!isPossible) return refuse(errorCodes.INVALID_REQUEST)
  const problem = leaderProblem(turn.state, epoch)
  if (problem !== errorCodes.NONE) return refuse(problem)
  const position = compareLogs(turn.state.log, offset, lastEpoch)
  if (position.kind !== 'valid') {
    noteFetch(turn, replica, null)
    return turn.answer(token, {
      ...fetchReply(turn.state, offset),
      read: null,
      diverging: position.kind === 'diverging' ? position.end : null,
      snapshot: position.kind === 'snapshot' ? position.id : null,
    })
  }
  noteFetch(turn, replica, offset)
  commit(turn)
  const role = turn.role('leader')
  // It may have been told by its own fetch that it is no voter any more.
  if (role === null) return refuse(errorCodes.NOT_LEADER_OR_FOLLOWER)
  const parked = { token, ...request, deadlineMs: turn.nowMs + maxWaitMs }
  if (mustTell(turn, parked)) turn.answer(token, fetchReply(turn.state, offset))
  else turn.setRole('leader', { parked: [...role.parked, parked] })
}

function fetchReply(state: QuorumState, offset: number): FetchReply & { readonly kind: 'fetch' } {
  const { log } = state
  const read = offset < log.end ? { offset, offsetEnd: log.end } : null
  return {
    ...fetchRefusal(state, errorCodes.NONE),
    highWatermark: leaderHighWatermark(state),
    read,
  }
}

function mustTell(
  { state, nowMs }: Turn,
  { offset, highWatermark, deadlineMs }: LeaderRole['parked'][number],
): boolean {
  const known = leaderHighWatermark(state) ?? -1
  return offset < state.log.end || known > highWatermark || deadlineMs <= nowMs
}

/** Answers the waiting fetches that have something to be told. */
export function wakeFetches(turn: Turn): void {
  const role = turn.role('leader')
  if (role === null || role.parked.length === 0) return
  const due = role.parked.filter((parked) => mustTell(turn, parked))
  if (due.length === 0) return
  turn.setRole('leader', { parked: role.parked.filter((parked) => !due.includes(parked)) })
  for (const { token, offset } of due) turn.answer(token, fetchReply(turn.state, offset))
}

/** A replica asked for something. `offset` null: its log is not the leader's yet. */
export function noteFetch(turn: Turn, key: ReplicaKey, offset: number | null): void {
  const { state, nowMs } = turn
  const role = turn.role('leader')
  if (role === null || key.id < 0 || key.id === state.self.id) return
  const name = replicaNameIn(state, key)
  const { end } = state.log
  const known = role.replicas.get(name)
  const caughtUpMs =
    offset === null
      ? null
      : offset >= end
        ? nowMs
        : known !== undefined && offset >= known.leaderEndThen
          ? known.lastFetchMs
          : null
  const replica: Replica = {
    key,
    end: offset === null ? (known?.end ?? null) : Math.max(offset, known?.end ?? 0),
    lastFetchMs: nowMs,
    lastCaughtUpMs: caughtUpMs ?? known?.lastCaughtUpMs ?? null,
    leaderEndThen: end,
  }
  turn.setRole('leader', { replicas: new Map([...role.replicas, [name, replica]]) })
}

/** Where the voters' directories are not known (kraft.version 0), a voter is its id. */
function replicaNameIn({ voters }: QuorumState, key: ReplicaKey): string {
  const voter = voters.find(({ id }) => id === key.id)
  return voter !== undefined && isVoter([voter], key) ? replicaName(voter) : replicaName(key)
}

/**
 * Advances the high watermark to what a majority has on disk, but only beyond the epoch's first record: what older epochs left
 * behind is committed by a record of this one (KAFKA-12619, Raft 5.4.2). It never falls.
 */
export function commit(turn: Turn): void {
  const { state } = turn
  const role = turn.role('leader')
  if (role === null || state.voters.length === 0) return
  const ends = state.voters.map((voter) =>
    voter.id === state.self.id && isVoter([voter], state.self)
      ? state.log.durableEnd
      : (role.replicas.get(replicaName(voter))?.end ?? 0),
  )
  const reached = Math.min(majorityEnd(ends), state.log.end)
  const known = state.highWatermark ?? 0
  if (reached <= role.epochStart || reached <= known) return
  turn.set({ highWatermark: reached })
  turn.do({ kind: 'commit', highWatermark: reached })
  wakeFetches(turn)
  onChangeCommitted(turn)
  const isCommitted = (state.history.at(-1)?.offsetEnd ?? 0) <= reached
  if (isCommitted && !isVoter(turn.state.voters, state.self)) resign(turn)
}

/** When the leader must have given up unless more voters ask; Infinity for who needs nobody else. */
export function checkQuorumAtMs({ voters, self, timings }: QuorumState, role: LeaderRole): number {
  const seen = voters.map((voter) =>
    voter.id === self.id && isVoter([voter], self)
      ? Infinity
      : (role.replicas.get(replicaName(voter))?.lastFetchMs ?? role.sinceMs),
  )
  // The time since when a majority has been heard of.
  return majorityEnd(seen) + CHECK_QUORUM_TIMEOUTS * timings.fetchTimeoutMs
}

export function tickLeader(turn: Turn): void {
  const { state, nowMs } = turn
  const role = turn.role('leader')
  if (role === null) return
  if (nowMs >= checkQuorumAtMs(state, role)) return resign(turn)
  wakeFetches(turn)
  forgetObservers(turn)
  sendBeginEpoch(turn)
}

function forgetObservers(turn: Turn): void {
  const role = turn.role('leader')
  if (role === null) return
  const isOld = ({ key, lastFetchMs }: Replica): boolean =>
    !isVoter(turn.state.voters, key) && turn.nowMs - (lastFetchMs ?? 0) > OBSERVER_FORGOTTEN_MS
  if (![...role.replicas.values()].some(isOld)) return
  const replicas = new Map([...role.replicas].filter(([, replica]) => !isOld(replica)))
  turn.setRole('leader', { replicas })
}

/** Tells the voters of the epoch, again and again those who do not fetch (KAFKA-16926). */
function sendBeginEpoch(turn: Turn): void {
  const { state, nowMs } = turn
  const role = turn.role('leader')
  if (role === null) return
  const againMs = state.timings.fetchTimeoutMs / 2
  const beginAtMs = new Map<number, number>()
  for (const voter of otherVoters(state)) {
    const heardMs = role.replicas.get(replicaName(voter))?.lastFetchMs ?? -Infinity
    const atMs = Math.max(role.beginAtMs.get(voter.id) ?? nowMs, heardMs + againMs)
    const to = addressOf(state, voter)
    beginAtMs.set(voter.id, atMs <= nowMs ? nowMs + againMs : atMs)
    if (atMs > nowMs || to === null) continue
    const { epoch, self, selfEndpoints } = state
    const { id, directoryId } = voter
    const request = {
      kind: 'beginEpoch',
      epoch,
      leaderId: self.id,
      voter: { id, directoryId },
      endpoints: selfEndpoints,
    } as const
    turn.do({ kind: 'send', to, request })
  }
  turn.setRole('leader', { beginAtMs })
}

export function onBeginEpochAnswered(turn: Turn, news: EpochNews): void {
  observe(turn, news)
}
