/** What a replica may say as the leader. */
import { errorCodes } from '../protocol/index.ts'
import type { QuorumState } from './state.ts'

/** What the leader may tell of its high watermark: nothing before the first record of its epoch is committed (KAFKA-12619). */
export function leaderHighWatermark({ role, highWatermark }: QuorumState): number | null {
  if (role.name !== 'leader' || highWatermark === null) return null
  return highWatermark > role.epochStart ? highWatermark : null
}

/** Why who is asked cannot answer as the leader of `epoch`; NONE when it can. */
export function leaderProblem({ role, epoch }: QuorumState, asked: number): number {
  if (role.name === 'resigned') return errorCodes.NOT_LEADER_OR_FOLLOWER
  if (asked < epoch) return errorCodes.FENCED_LEADER_EPOCH
  if (asked > epoch) return errorCodes.UNKNOWN_LEADER_EPOCH
  return role.name === 'leader' ? errorCodes.NONE : errorCodes.NOT_LEADER_OR_FOLLOWER
}
