/**
 * From role to role. Only a prospective replica may become candidate, only a candidate leader; any higher epoch makes everybody unattached, or a follower where
 * the leader is named (KIP-595, KIP-996).
 */
import { assert } from '../base/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { Ballot, EpochNews, HostPort, QuorumState, Replica } from './state.ts'
import { addressOf, knownEndpoint, otherVoters } from './peers.ts'
import { lastEpochOf } from './log-shape.ts'
import type { Turn } from './turn.ts'
import { isMajority, isVoter, sameEndpoints } from './voters.ts'
import type { ReplicaKey, VoterSet } from './voters.ts'

/** One who looks for the leader waits so long between two questions. */
export const DISCOVERY_EVERY_MS = 100

/**
 * True when this replica may stand for election. One that is being removed may, until that is committed: it may be the only one that has all the others need
 * (Ongaro, thesis 4.2.2). It then counts votes as the newest set wants them, without its own.
 */
export function isVoterNow(state: QuorumState): boolean {
  const { canVote, voters, self, history, highWatermark } = state
  if (!canVote || isVoter(voters, self)) return canVote
  const last = history.at(-1)
  if (last === undefined || (highWatermark !== null && last.offsetEnd <= highWatermark))
    return false
  return isVoter(history.at(-2)?.facts.voters ?? [], self)
}

export function replicaName({ id, directoryId }: ReplicaKey): string {
  return `${id}:${directoryId}`
}

function electionTimeoutMs({ state, random }: Turn): number {
  return state.timings.electionTimeoutMs * (1 + random)
}

/** Without a leader, in `epoch` or the one it is in. A voter's time until it stands for election goes on where it runs already. */
export function becomeUnattached(turn: Turn, epoch: number, electionAtMs?: number): void {
  const { state } = turn
  const { role } = state
  const isNewEpoch = epoch > state.epoch
  const running =
    role.name === 'unattached'
      ? role.electionAtMs
      : role.name === 'prospective' || role.name === 'candidate'
        ? role.endsAtMs
        : Infinity
  const atMs =
    electionAtMs ?? (running === Infinity ? turn.nowMs + electionTimeoutMs(turn) : running)
  turn.set({
    epoch,
    ...(isNewEpoch ? { votedFor: null, leader: null } : {}),
    role: { name: 'unattached', electionAtMs: isVoterNow(state) ? atMs : Infinity },
    fetching: { kind: 'idle', atMs: turn.nowMs },
  })
  if (isNewEpoch) turn.persist()
  leaveLeadership(turn, role)
}

export function becomeFollower(
  turn: Turn,
  epoch: number,
  leaderId: number,
  endpoint: HostPort | null,
): void {
  const { state } = turn
  const isNewEpoch = epoch > state.epoch
  const isNewLeader = isNewEpoch || state.leader === null
  const known = endpoint ?? (isNewLeader ? null : (state.leader?.endpoint ?? null))
  turn.set({
    epoch,
    leader: { id: leaderId, endpoint: known ?? knownEndpoint(state, leaderId) },
    ...(isNewEpoch ? { votedFor: null } : {}),
    role: {
      name: 'follower',
      fetchTimeoutAtMs: turn.nowMs + state.timings.fetchTimeoutMs,
      hasFetched: false,
      isLost: false,
      leaderHighWatermark: null,
      membershipAtMs: turn.nowMs + state.timings.fetchTimeoutMs,
    },
    fetching: { kind: 'idle', atMs: turn.nowMs },
  })
  if (isNewLeader) turn.persist()
  leaveLeadership(turn, state.role)
}

/** A leader that stops leading owes answers. */
function leaveLeadership(turn: Turn, role: QuorumState['role']): void {
  if (role.name !== 'leader') return
  const errorCode = errorCodes.NOT_LEADER_OR_FOLLOWER
  for (const { token } of role.parked) turn.answer(token, fetchRefusal(turn.state, errorCode))
  const token = role.change?.token ?? null
  if (token !== null) turn.answer(token, { kind: 'plain', errorCode })
}

export function fetchRefusal(
  state: QuorumState,
  errorCode: number,
): Extract<Parameters<Turn['answer']>[1], { kind: 'fetch' }> {
  return {
    kind: 'fetch',
    errorCode,
    highWatermark: null,
    logStart: state.log.base.offsetEnd,
    diverging: null,
    snapshot: null,
    read: null,
  }
}

function newBallot(turn: Turn): Ballot {
  const { state, nowMs } = turn
  const askAtMs = new Map(otherVoters(state).map(({ id }) => [id, nowMs] as const))
  return {
    granted: isVoter(state.voters, state.self) ? [state.self.id] : [],
    rejected: [],
    askAtMs,
  }
}

/** Asks the others whether they would vote for it. The only voter need not ask. */
export function becomeProspective(turn: Turn): void {
  const { state } = turn
  assert(isVoterNow(state), 'Only a voter stands for election')
  const ballot = newBallot(turn)
  const endsAtMs = turn.nowMs + electionTimeoutMs(turn)
  turn.set({ role: { name: 'prospective', ballot, endsAtMs } })
  if (isMajority(ballot.granted.length, state.voters)) becomeCandidate(turn)
  else askForVotes(turn)
}

/** Votes for itself in the next epoch. Vote and, if that is a majority already, leadership are persisted at once. */
export function becomeCandidate(turn: Turn): void {
  const { state } = turn
  assert(turn.role('prospective') !== null, 'Only a prospective replica becomes candidate')
  const ballot = newBallot(turn)
  const endsAtMs = turn.nowMs + electionTimeoutMs(turn)
  turn.set({
    epoch: state.epoch + 1,
    votedFor: state.self,
    leader: null,
    role: { name: 'candidate', ballot, endsAtMs, isLost: false },
  })
  if (isMajority(ballot.granted.length, state.voters)) return becomeLeader(turn)
  turn.persist()
  askForVotes(turn)
}

/** Asks whoever has not answered, where it is time to. */
export function askForVotes(turn: Turn): void {
  const { state, nowMs } = turn
  const { role, self, epoch, log, timings } = state
  if (role.name !== 'prospective' && role.name !== 'candidate') return
  const askAtMs = new Map(role.ballot.askAtMs)
  for (const voter of otherVoters(state)) {
    if ((askAtMs.get(voter.id) ?? Infinity) > nowMs) continue
    askAtMs.set(voter.id, nowMs + timings.requestTimeoutMs)
    const to = addressOf(state, voter)
    if (to === null) continue
    const { id, directoryId } = voter
    const request = {
      kind: 'vote',
      epoch,
      candidate: self,
      voter: { id, directoryId },
      lastEpoch: lastEpochOf(log),
      lastOffset: log.end,
      preVote: role.name === 'prospective',
    } as const
    turn.do({ kind: 'send', to, request })
  }
  turn.set({ role: { ...role, ballot: { ...role.ballot, askAtMs } } })
}

export function becomeLeader(turn: Turn): void {
  const { state, nowMs } = turn
  const { epoch, self, log } = state
  const candidate = turn.role('candidate')
  assert(candidate !== null, 'Only a candidate becomes leader')
  const { granted } = candidate.ballot
  turn.set({
    leader: { id: self.id, endpoint: knownEndpoint(state, self.id) },
    retries: 0,
    role: {
      name: 'leader',
      epochStart: log.end,
      sinceMs: nowMs,
      granted,
      replicas: new Map<string, Replica>(),
      parked: [],
      beginAtMs: new Map(otherVoters(state).map(({ id }) => [id, nowMs] as const)),
      change: null,
    },
  })
  turn.persist()
  const voters = votersToRepeat(state)
  turn.do({ kind: 'appendEpochStart', epoch, grantingVoters: granted, voters })
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

/** Leads no longer in this epoch, and tells the voters who had better follow: who has most of the log first. */
export function resign(turn: Turn): void {
  const { state } = turn
  const role = turn.role('leader')
  assert(role !== null, 'Only a leader resigns')
  const endOf = (id: number, directoryId: string): number =>
    role.replicas.get(replicaName({ id, directoryId }))?.end ?? -1
  const candidates = otherVoters(state)
    .map(({ id, directoryId }) => ({ id, directoryId, end: endOf(id, directoryId) }))
    .toSorted((a, b) => b.end - a.end || a.id - b.id)
    .map(({ id, directoryId }) => ({ id, directoryId }))
  turn.set({
    role: {
      name: 'resigned',
      endsAtMs: turn.nowMs + electionTimeoutMs(turn),
      askAtMs: new Map(candidates.map(({ id }) => [id, turn.nowMs] as const)),
      candidates,
    },
    fetching: { kind: 'idle', atMs: Infinity },
  })
  leaveLeadership(turn, role)
}

/** Takes in what somebody says of the epoch: a higher one, or the leader of this one. */
export function observe(turn: Turn, news: Omit<EpochNews, 'errorCode'>): void {
  const { state } = turn
  const { epoch, leaderEndpoint } = news
  if (epoch < state.epoch) return
  // Of itself a replica knows better: what it led before a restart, it does not lead any more.
  const leaderId = news.leaderId === state.self.id ? null : news.leaderId
  if (leaderId === null) {
    if (epoch > state.epoch) becomeUnattached(turn, epoch)
    return
  }
  if (epoch > state.epoch || state.leader === null) {
    return becomeFollower(turn, epoch, leaderId, leaderEndpoint)
  }
  if (state.leader.id !== leaderId) {
    const message = `Cannot go on: epoch ${epoch} has two leaders, ${state.leader.id} and ${leaderId}`
    return turn.do({ kind: 'fail', message })
  }
  if (state.role.name === 'unattached') {
    becomeFollower(turn, epoch, leaderId, leaderEndpoint)
    // It gave this leader up just now: others know no better yet.
    return turn.set({ fetching: { kind: 'idle', atMs: turn.nowMs + DISCOVERY_EVERY_MS } })
  }
  if (leaderEndpoint !== null && state.leader.endpoint === null) {
    turn.set({ leader: { id: leaderId, endpoint: leaderEndpoint } })
  }
}
