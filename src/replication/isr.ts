/**
 * The in-sync replicas of a partition as its leader sees them: those that the controller has committed, and the one change that the leader has
 * asked for and not heard of (KIP-497). Pure.
 */
import { errorCodes } from '../protocol/index.ts'

/** A change that the controller is asked to make. */
export interface IsrProposal {
  readonly kind: 'expand' | 'shrink'
  readonly isr: readonly number[]
  readonly leaderEpoch: number
  /** The epoch that the change is based on. */
  readonly partitionEpoch: number
}

/** What the controller says to a proposal: the partition as it is now, or an error code. */
export type IsrAnswer = Made | { readonly errorCode: Exclude<number, 0> }

interface Made {
  readonly errorCode: 0
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  readonly isr: readonly number[]
}

/**
 * `committed`: as proposed. `reverted`: refused for sure. `waits`: nobody knows until new metadata comes. `retry`: ask again. `ignored`: the answer is out
 * of date.
 */
export type IsrVerdict = 'committed' | 'reverted' | 'waits' | 'retry' | 'ignored'

const REVERTING: ReadonlySet<number> = new Set([
  errorCodes.OPERATION_NOT_ATTEMPTED,
  errorCodes.INELIGIBLE_REPLICA,
])
const WAITING: ReadonlySet<number> = new Set([
  errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  errorCodes.UNKNOWN_TOPIC_ID,
  errorCodes.FENCED_LEADER_EPOCH,
  errorCodes.INVALID_UPDATE_VERSION,
  errorCodes.INVALID_REQUEST,
  errorCodes.NEW_LEADER_ELECTED,
])

export class Isr {
  #committed: readonly number[]
  #pending: IsrProposal | null = null
  #partitionEpoch: number

  constructor(committed: readonly number[], partitionEpoch: number) {
    this.#committed = committed
    this.#partitionEpoch = partitionEpoch
  }

  get committed(): readonly number[] {
    return this.#committed
  }

  get pending(): IsrProposal | null {
    return this.#pending
  }

  get partitionEpoch(): number {
    return this.#partitionEpoch
  }

  /** Committed, or asked for: a member that is about to be added counts at once, one that is about to be removed until that is committed. */
  isMaximalMember(nodeId: number): boolean {
    return (
      this.#committed.includes(nodeId) ||
      (this.#pending?.kind === 'expand' && this.#pending.isr.includes(nodeId))
    )
  }

  get maximalCount(): number {
    return this.#pending?.kind === 'expand' ? this.#pending.isr.length : this.#committed.length
  }

  /** Takes the metadata's word. False when what is known here is as new. */
  take(isr: readonly number[], partitionEpoch: number): boolean {
    if (partitionEpoch <= this.#partitionEpoch) return false
    this.#commit(isr, partitionEpoch)
    return true
  }

  /** Begins a change; the leader asks for one at a time. */
  propose(
    kind: IsrProposal['kind'],
    isr: readonly number[],
    leaderEpoch: number,
  ): IsrProposal | null {
    if (this.#pending !== null) return null
    this.#pending = { kind, isr, leaderEpoch, partitionEpoch: this.#partitionEpoch }
    return this.#pending
  }

  /** The controller has answered (Partition.handleAlterPartitionUpdate and -Error in Apache Kafka). */
  answered(proposal: IsrProposal, answer: IsrAnswer): IsrVerdict {
    if (this.#pending !== proposal) return isMade(proposal, answer) ? 'committed' : 'ignored'
    if (answer.errorCode === 0) {
      const { leaderEpoch, partitionEpoch, isr } = answer as Made
      // What an older controller said: the metadata that tells is on its way.
      if (leaderEpoch !== proposal.leaderEpoch || partitionEpoch < this.#partitionEpoch) {
        return 'waits'
      }
      this.#commit(isr, partitionEpoch)
      return 'committed'
    }
    if (REVERTING.has(answer.errorCode)) {
      // Only these two say that the change has not been made and never will be.
      this.#pending = null
      return 'reverted'
    }
    return WAITING.has(answer.errorCode) ? 'waits' : 'retry'
  }

  #commit(isr: readonly number[], partitionEpoch: number): void {
    this.#committed = isr
    this.#partitionEpoch = partitionEpoch
    this.#pending = null
  }
}

/** The change of the proposal, which the metadata has told before the answer did. */
function isMade({ leaderEpoch, partitionEpoch }: IsrProposal, answer: IsrAnswer): boolean {
  if (answer.errorCode !== 0) return false
  const made = answer as Made
  return made.leaderEpoch === leaderEpoch && made.partitionEpoch === partitionEpoch + 1
}
