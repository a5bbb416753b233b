/** What a replica tells the leader of itself: that it moved, that it would vote, that its old disk is gone (KIP-853). */
import { leaderAddress } from './peers.ts'
import type { Outgoing, QuorumState } from './state.ts'
import { isVoterNow } from './transitions.ts'
import type { Turn } from './turn.ts'
import { isVoter, KRAFT_VERSION_MAX, KRAFT_VERSION_MIN, sameEndpoints } from './voters.ts'
import type { Voter } from './voters.ts'

/** Once a fetch timeout, for as long as there is something to tell. */
export function sendMembership(turn: Turn): void {
  const { state, nowMs } = turn
  const role = turn.role('follower')
  if (role === null || !role.hasFetched || nowMs < role.membershipAtMs) return
  turn.setRole('follower', { membershipAtMs: nowMs + state.timings.fetchTimeoutMs })
  const to = leaderAddress(state, turn.random)
  const request = wanted(state)
  if (to !== null && request !== null) turn.do({ kind: 'send', to, request })
}

function wanted(state: QuorumState): Outgoing | null {
  const { self, selfEndpoints, canVote, kraftVersion, epoch, voters } = state
  if (!canVote || kraftVersion === 0 || selfEndpoints.length === 0) return null
  const range = { kraftVersionMin: KRAFT_VERSION_MIN, kraftVersionMax: KRAFT_VERSION_MAX }
  const voter = { ...self, endpoints: selfEndpoints, ...range }
  const known = voters.find(({ id }) => id === self.id)
  if (known !== undefined && isVoter([known], self)) {
    return isVoterNow(state) && isOutdated(known, voter)
      ? { kind: 'updateVoter', epoch, voter }
      : null
  }
  if (!state.autoJoin || !isCaughtUp(state)) return null
  return known === undefined ? { kind: 'addVoter', voter } : { kind: 'removeVoter', voter: known }
}

function isOutdated(known: Voter, voter: Voter): boolean {
  const isRangeSame =
    known.kraftVersionMin === voter.kraftVersionMin &&
    known.kraftVersionMax === voter.kraftVersionMax
  return !isRangeSame || !sameEndpoints(known.endpoints, voter.endpoints)
}

function isCaughtUp({ role, log }: QuorumState): boolean {
  if (role.name !== 'follower' || role.leaderHighWatermark === null) return false
  return log.end >= role.leaderHighWatermark
}
