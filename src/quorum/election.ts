/** Votes, and who tells whom that an epoch began or ends. */
import { ZERO_UUID } from '../base/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { lastEpochOf } from './log-shape.ts'
import { addressOf, chooseEndpoint, otherVoters } from './peers.ts'
import type {
  Ballot,
  BeginEpochCore,
  EndEpochCore,
  EpochNews,
  QuorumState,
  VoteRequestCore,
} from './state.ts'
import {
  askForVotes,
  becomeCandidate,
  becomeFollower,
  becomeLeader,
  becomeProspective,
  becomeUnattached,
  isVoterNow,
  observe,
} from './transitions.ts'
import type { Turn } from './turn.ts'
import { isMajority } from './voters.ts'
import type { ReplicaKey } from './voters.ts'

/** The least part of the election timeout that one who could not win waits. */
const BACKOFF_SHARE = 0.05
/** How long, as a part of the election timeout, each of those who lost their leader gives the one before it. */
const SUCCESSION_SHARE = 0.1

export function onVoteAsked(turn: Turn, token: number, request: VoteRequestCore): void {
  const errorCode = voteProblem(turn.state, request)
  if (errorCode !== errorCodes.NONE) {
    return turn.answer(token, { kind: 'vote', errorCode, isGranted: false })
  }
  if (request.epoch > turn.state.epoch) becomeUnattached(turn, request.epoch)
  const isGranted = mayGrant(turn.state, request)
  if (isGranted && !request.preVote && turn.state.votedFor === null) {
    const atMs = turn.nowMs + turn.state.timings.electionTimeoutMs * (1 + turn.random)
    becomeUnattached(turn, turn.state.epoch, atMs)
    turn.set({ votedFor: request.candidate })
    turn.persist()
  }
  turn.answer(token, { kind: 'vote', errorCode, isGranted })
}

function voteProblem(state: QuorumState, request: VoteRequestCore): number {
  const { epoch, voter, lastEpoch, lastOffset, preVote } = request
  const isLogPossible =
    lastOffset >= 0 && lastEpoch >= 0 && (preVote ? lastEpoch <= epoch : lastEpoch < epoch)
  if (!isLogPossible || request.candidate.id < 0) return errorCodes.INVALID_REQUEST
  if (!state.canVote) return errorCodes.INCONSISTENT_VOTER_SET
  if (epoch < state.epoch) return errorCodes.FENCED_LEADER_EPOCH
  return isAddressedTo(state, voter) ? errorCodes.NONE : errorCodes.INVALID_VOTER_KEY
}

/** A node that lost its disk has another directory id: requests for who it was are not for it (KIP-853). */
function isAddressedTo({ self }: QuorumState, voter: ReplicaKey | null): boolean {
  return voter === null || (voter.id === self.id && sameDirectory(voter, self))
}

function sameDirectory(a: ReplicaKey, b: ReplicaKey): boolean {
  return (
    a.directoryId === b.directoryId || [a, b].some(({ directoryId }) => directoryId === ZERO_UUID)
  )
}

function mayGrant(state: QuorumState, request: VoteRequestCore): boolean {
  const { role, votedFor, leader, log } = state
  const { candidate, preVote, lastEpoch, lastOffset } = request
  const own = lastEpochOf(log)
  const isUpToDate = lastEpoch > own || (lastEpoch === own && lastOffset >= log.end)
  if (preVote) {
    if (role.name === 'leader' || role.name === 'failed') return false
    const hasLeader = role.name === 'follower' && role.hasFetched && !role.isLost
    return isUpToDate && !hasLeader
  }
  if (role.name === 'leader' || role.name === 'resigned' || role.name === 'failed') return false
  if (votedFor !== null) return votedFor.id === candidate.id && sameDirectory(votedFor, candidate)
  return leader === null && isUpToDate
}

export function onVoteAnswered(
  turn: Turn,
  answer: {
    readonly from: number
    readonly preVote: boolean
    readonly news: EpochNews
    readonly isGranted: boolean
  },
): void {
  const { from, preVote, news, isGranted } = answer
  observe(turn, news)
  const { role, epoch, voters } = turn.state
  if (news.epoch !== epoch || !voters.some(({ id }) => id === from)) return
  if (role.name !== (preVote ? 'prospective' : 'candidate')) return
  const { granted, rejected, askAtMs } = role.ballot
  const ballot: Ballot = {
    granted: isGranted ? [...new Set([...granted, from])] : granted,
    rejected: isGranted ? rejected : [...new Set([...rejected, from])],
    askAtMs: new Map([...askAtMs].filter(([id]) => id !== from)),
  }
  turn.set({ role: { ...role, ballot } })
  if (isMajority(ballot.granted.length, voters)) {
    if (preVote) becomeCandidate(turn)
    else becomeLeader(turn)
  } else if (isMajority(voters.length - ballot.rejected.length, voters)) {
    return
  } else if (preVote) loseProspects(turn)
  else waitAfterLoss(turn)
}

/** A voter that knows no pre-vote (before KIP-996): the election begins without it. */
export function onPreVoteUnsupported(turn: Turn): void {
  if (turn.role('prospective') !== null) becomeCandidate(turn)
}

function backoffMs(turn: Turn): number {
  const { retries, timings } = turn.state
  turn.set({ retries: retries + 1 })
  const leastMs = timings.electionTimeoutMs * BACKOFF_SHARE
  const mostMs = Math.min(timings.electionBackoffMaxMs, leastMs * 2 ** Math.min(retries + 1, 10))
  return leastMs + turn.random * mostMs
}

/** Back to the leader it knows, which others still follow, or to looking for one. */
export function loseProspects(turn: Turn): void {
  const { leader, epoch, role, timings } = turn.state
  if (role.name !== 'prospective') return
  const waitMs = backoffMs(turn)
  if (leader === null) return becomeUnattached(turn, epoch, turn.nowMs + waitMs)
  becomeFollower(turn, epoch, leader.id, leader.endpoint)
  const fetchTimeoutAtMs = turn.nowMs + Math.min(timings.fetchTimeoutMs, 2 * waitMs)
  turn.setRole('follower', { fetchTimeoutAtMs, isLost: true })
}

function waitAfterLoss(turn: Turn): void {
  const role = turn.role('candidate')
  if (role === null || role.isLost) return
  const endsAtMs = Math.min(role.endsAtMs, turn.nowMs + backoffMs(turn))
  turn.setRole('candidate', { isLost: true, endsAtMs })
}

export function onBeginEpochAsked(turn: Turn, token: number, request: BeginEpochCore): void {
  const { state } = turn
  const { epoch, leaderId, voter, endpoints } = request
  const refuse = (errorCode: number): void => turn.answer(token, { kind: 'plain', errorCode })
  if (epoch < state.epoch) return refuse(errorCodes.FENCED_LEADER_EPOCH)
  if (leaderId < 0 || leaderId === state.self.id) return refuse(errorCodes.INVALID_REQUEST)
  const isOther = epoch === state.epoch && state.leader !== null && state.leader.id !== leaderId
  if (isOther) return refuse(errorCodes.INVALID_REQUEST)
  if (!isAddressedTo(state, voter)) return refuse(errorCodes.INVALID_VOTER_KEY)
  const leaderEndpoint = chooseEndpoint(endpoints, state.listenerName)
  observe(turn, { epoch, leaderId, leaderEndpoint })
  turn.answer(token, { kind: 'plain', errorCode: errorCodes.NONE })
}

/** The leader steps down: the best successor stands at once, the others give it time. */
export function onEndEpochAsked(turn: Turn, token: number, request: EndEpochCore): void {
  const { state } = turn
  const { epoch, leaderId, candidates, endpoints } = request
  const refuse = (errorCode: number): void => turn.answer(token, { kind: 'plain', errorCode })
  if (epoch < state.epoch) return refuse(errorCodes.FENCED_LEADER_EPOCH)
  if (leaderId < 0 || leaderId === state.self.id) return refuse(errorCodes.INVALID_REQUEST)
  const isOther = epoch === state.epoch && state.leader !== null && state.leader.id !== leaderId
  if (isOther) return refuse(errorCodes.INVALID_REQUEST)
  observe(turn, { epoch, leaderId, leaderEndpoint: chooseEndpoint(endpoints, state.listenerName) })
  const rank = candidates.findIndex(({ id }) => id === state.self.id)
  losesLeader(turn, rank < 0 ? candidates.length : rank)
  turn.answer(token, { kind: 'plain', errorCode: errorCodes.NONE })
}

/** Nothing listens where the leader did. The voter next to it in the order of ids stands first. */
export function onLeaderGone(turn: Turn): void {
  const { voters, self, leader } = turn.state
  const ids = voters.map(({ id }) => id).toSorted((a, b) => a - b)
  const of = (id: number): number => Math.max(0, ids.indexOf(id))
  const count = Math.max(1, ids.length)
  losesLeader(turn, (of(self.id) - of(leader?.id ?? 0) - 1 + count) % count)
}

function losesLeader(turn: Turn, rank: number): void {
  const { state, nowMs, random } = turn
  const role = turn.role('follower')
  if (role === null || role.isLost) return
  const stepMs = state.timings.electionTimeoutMs * SUCCESSION_SHARE
  const atMs = nowMs + (rank + random / 4) * stepMs
  turn.setRole('follower', {
    isLost: true,
    fetchTimeoutAtMs: Math.min(role.fetchTimeoutAtMs, atMs),
  })
}

/** What the passing of time means for who has no leader. */
export function tickElection(turn: Turn): void {
  const { state, nowMs } = turn
  const { role } = state
  switch (role.name) {
    case 'unattached':
      if (nowMs >= role.electionAtMs) {
        if (isVoterNow(state)) becomeProspective(turn)
        else becomeUnattached(turn, state.epoch, Infinity)
      }
      return
    case 'prospective':
      if (nowMs >= role.endsAtMs) loseProspects(turn)
      else askForVotes(turn)
      return
    case 'candidate':
      if (nowMs >= role.endsAtMs) becomeProspective(turn)
      else if (!role.isLost) askForVotes(turn)
      return
    case 'resigned':
      // A voter must not vote in the epoch that it led.
      if (nowMs >= role.endsAtMs) becomeUnattached(turn, state.epoch + (isVoterNow(state) ? 1 : 0))
      else sendEndEpoch(turn)
      return
    default:
  }
}

function sendEndEpoch(turn: Turn): void {
  const { state, nowMs } = turn
  const role = turn.role('resigned')
  if (role === null) return
  const askAtMs = new Map(role.askAtMs)
  for (const voter of otherVoters(state)) {
    if ((askAtMs.get(voter.id) ?? Infinity) > nowMs) continue
    askAtMs.set(voter.id, nowMs + state.timings.requestTimeoutMs)
    const to = addressOf(state, voter)
    if (to === null) continue
    const { epoch, self, selfEndpoints } = state
    const { candidates } = role
    const request = {
      kind: 'endEpoch',
      epoch,
      leaderId: self.id,
      candidates,
      endpoints: selfEndpoints,
    } as const
    turn.do({ kind: 'send', to, request })
  }
  turn.setRole('resigned', { askAtMs })
}

export function onEndEpochAnswered(turn: Turn, from: number, news: EpochNews): void {
  observe(turn, news)
  const role = turn.role('resigned')
  if (role === null) return
  const askAtMs = new Map([...role.askAtMs].filter(([id]) => id !== from))
  turn.setRole('resigned', { askAtMs })
}
