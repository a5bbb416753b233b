/**
 * Which leader wrote what: epoch -> first offset (org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache; KIP-101, KIP-279). Pure; both
 * numbers ascend from entry to entry.
 */
import { assert } from '../base/index.ts'
import type { EpochEnd } from './results.ts'

export interface EpochEntry {
  readonly epoch: number
  readonly startOffset: number
}

const UNKNOWN: EpochEnd = { leaderEpoch: -1, endOffset: -1 }

export class LeaderEpochs {
  #entries: EpochEntry[]

  constructor(entries: readonly EpochEntry[] = []) {
    this.#entries = [...entries]
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries
  }

  /** -1 when there is none. */
  get latest(): number {
    return this.#entries.at(-1)?.epoch ?? -1
  }

  /** Notes that `epoch` begins at `startOffset`. Entries that contradict it go. True when something changed. */
  assign(epoch: number, startOffset: number): boolean {
    assert(epoch >= 0 && startOffset >= 0, `Cannot assign epoch ${epoch} to offset ${startOffset}`)
    const last = this.#entries.at(-1)
    if (last !== undefined && last.epoch === epoch && last.startOffset <= startOffset) return false
    const kept = this.#entries.filter(
      (entry) => entry.epoch < epoch && entry.startOffset < startOffset,
    )
    this.#entries = [...kept, { epoch, startOffset }]
    return true
  }

  /** Forgets epochs that begin at or after `offsetEnd`. True when something changed. */
  truncateFromEnd(offsetEnd: number): boolean {
    const kept = this.#entries.filter((entry) => entry.startOffset < offsetEnd)
    if (kept.length === this.#entries.length) return false
    this.#entries = kept
    return true
  }

  /** Forgets epochs that end at or before `offset`; the one that holds it begins there from now on. True when something changed. */
  truncateFromStart(offset: number): boolean {
    const before = this.#entries.filter((entry) => entry.startOffset <= offset)
    const first = before.at(-1)
    if (first === undefined || (before.length === 1 && first.startOffset === offset)) return false
    const rest = this.#entries.slice(before.length)
    this.#entries = [{ epoch: first.epoch, startOffset: offset }, ...rest]
    return true
  }

  /** The epoch of the record at `offset`; -1 when unknown. */
  epochAt(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? -1
  }

  /** Where the largest epoch at or below `epoch` ends: what OffsetForLeaderEpoch answers. */
  endOf(epoch: number, logEnd: number): EpochEnd {
    if (epoch < 0) return UNKNOWN
    if (epoch === this.latest) return { leaderEpoch: epoch, endOffset: logEnd }
    const higher = this.#entries.find((entry) => entry.epoch > epoch)
    if (higher === undefined) return UNKNOWN
    const floor = this.#entries.findLast((entry) => entry.epoch <= epoch)
    return { leaderEpoch: floor?.epoch ?? epoch, endOffset: higher.startOffset }
  }
}
