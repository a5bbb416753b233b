/** One voter more, one less, or one that moved (KIP-853): one change at a time, by a leader that has committed in its epoch. */
import { errorCodes } from '../protocol/index.ts'
import { leaderHighWatermark, leaderProblem } from './leadership.ts'
import type { QuorumState, UpdateVoterCore } from './state.ts'
import { replicaName } from './transitions.ts'
import type { Turn } from './turn.ts'
import { isVoter, sameEndpoints } from './voters.ts'
import type { ReplicaKey, Voter, VoterSet } from './voters.ts'

/** A new voter must have been caught up so lately. */
const CAUGHT_UP_WITHIN_MS = 60 * 60 * 1000

interface Problem {
  readonly errorCode: number
  readonly message: string
}

/** Why no change can begin now; null: it can. */
function changeProblem(state: QuorumState): Problem | null {
  const { role, kraftVersion, history, highWatermark } = state
  if (role.name !== 'leader') {
    return { errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER, message: 'This node does not lead' }
  }
  if (leaderHighWatermark(state) === null) {
    const message = 'The leader has not committed anything in its epoch yet'
    return { errorCode: errorCodes.REQUEST_TIMED_OUT, message }
  }
  if (kraftVersion === 0) {
    const message = 'The voters are configured on each node (kraft.version 0) and cannot be changed'
    return { errorCode: errorCodes.UNSUPPORTED_VERSION, message }
  }
  const isPending = role.change !== null || (history.at(-1)?.offsetEnd ?? 0) > (highWatermark ?? 0)
  if (!isPending) return null
  const message = 'Another change of the voters is not committed yet'
  return { errorCode: errorCodes.REQUEST_TIMED_OUT, message }
}

/** Why the replica cannot be added; null: it can, as far as this node knows. */
export function addProblem(state: QuorumState, voter: Voter, nowMs: number): Problem | null {
  const problem = changeProblem(state)
  if (problem !== null) return problem
  if (state.voters.some(({ id }) => id === voter.id)) {
    const message = `Node ${voter.id} is a voter already`
    return { errorCode: errorCodes.DUPLICATE_VOTER, message }
  }
  if (voter.kraftVersionMax < state.kraftVersion || voter.kraftVersionMin > state.kraftVersion) {
    const message = `Node ${voter.id} does not support kraft.version ${state.kraftVersion}`
    return { errorCode: errorCodes.INVALID_REQUEST, message }
  }
  const { role } = state
  const replica = role.name === 'leader' ? role.replicas.get(replicaName(voter)) : undefined
  const caughtUpMs = replica?.lastCaughtUpMs ?? null
  if (caughtUpMs !== null && nowMs - caughtUpMs <= CAUGHT_UP_WITHIN_MS) return null
  const message = `Node ${voter.id} with directory ${voter.directoryId} has not caught up with the leader's log`
  return { errorCode: errorCodes.REQUEST_TIMED_OUT, message }
}

export function onAddVoterAsked(
  turn: Turn,
  token: number,
  voter: Voter,
  ackWhenCommitted: boolean,
): void {
  const problem = addProblem(turn.state, voter, turn.nowMs)
  if (problem !== null) return turn.answer(token, { kind: 'plain', ...problem })
  change(turn, [...turn.state.voters, voter], ackWhenCommitted ? token : null)
  if (!ackWhenCommitted) turn.answer(token, { kind: 'plain', errorCode: errorCodes.NONE })
}

export function onRemoveVoterAsked(turn: Turn, token: number, key: ReplicaKey): void {
  const { state } = turn
  const refuse = (problem: Problem): void => turn.answer(token, { kind: 'plain', ...problem })
  const problem = changeProblem(state)
  if (problem !== null) return refuse(problem)
  const rest = state.voters.filter((voter) => replicaName(voter) !== replicaName(key))
  if (rest.length === state.voters.length) {
    const message = `Node ${key.id} with directory ${key.directoryId} is no voter`
    return refuse({ errorCode: errorCodes.VOTER_NOT_FOUND, message })
  }
  if (rest.length === 0) {
    const message = `Node ${key.id} is the only voter`
    return refuse({ errorCode: errorCodes.INVALID_REQUEST, message })
  }
  change(turn, rest, token)
}

export function onUpdateVoterAsked(turn: Turn, token: number, request: UpdateVoterCore): void {
  const { state } = turn
  const { voter, epoch } = request
  const answer = (errorCode: number): void => turn.answer(token, { kind: 'plain', errorCode })
  const refusal = leaderProblem(state, epoch)
  if (refusal !== errorCodes.NONE) return answer(refusal)
  // With kraft.version 0 there is no record of the voters; what a voter supports would only matter for raising the version.
  if (state.kraftVersion === 0) return answer(errorCodes.NONE)
  const problem = changeProblem(state)
  if (problem !== null) return answer(problem.errorCode)
  if (!isVoter(state.voters, voter)) return answer(errorCodes.VOTER_NOT_FOUND)
  if (voter.kraftVersionMax < state.kraftVersion) return answer(errorCodes.INVALID_REQUEST)
  const known = state.voters.find(({ id }) => id === voter.id)
  const isSame =
    known !== undefined &&
    sameEndpoints(known.endpoints, voter.endpoints) &&
    known.kraftVersionMin === voter.kraftVersionMin &&
    known.kraftVersionMax === voter.kraftVersionMax
  if (isSame) return answer(errorCodes.NONE)
  change(
    turn,
    state.voters.map((other) => (other.id === voter.id ? voter : other)),
    token,
  )
}

/** The set counts as soon as it is appended, and is committed by a majority of the new one. */
function change(turn: Turn, voters: VoterSet, token: number | null): void {
  turn.setRole('leader', { change: { token, offsetEnd: turn.state.log.end + 1 } })
  turn.do({ kind: 'appendVoters', epoch: turn.state.epoch, voters })
}

/** The high watermark moved: is the change under way committed? */
export function onChangeCommitted(turn: Turn): void {
  const pending = turn.role('leader')?.change ?? null
  if (pending === null || pending.offsetEnd > (turn.state.highWatermark ?? 0)) return
  turn.setRole('leader', { change: null })
  if (pending.token === null) return
  turn.answer(pending.token, { kind: 'plain', errorCode: errorCodes.NONE })
}

export function onChangeAbandoned(turn: Turn, token: number): void {
  const pending = turn.role('leader')?.change ?? null
  if (pending?.token === token) turn.setRole('leader', { change: { ...pending, token: null } })
}
