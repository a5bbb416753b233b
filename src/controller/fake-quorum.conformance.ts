/** A metadata quorum for the controller's tests: it commits when it is told to, and loses its leadership. */
import { decodeRecord, MetadataLoader } from '../metadata/index.ts'
import { QuorumError } from '../quorum/index.ts'
import type { Voter, VoterSet } from '../quorum/index.ts'
import { directoryOf } from './harness.conformance.ts'

export function voter(id: number): Voter {
  return { id, directoryId: directoryOf(id), endpoints: [], kraftVersionMin: 0, kraftVersionMax: 1 }
}

/** A log that commits when it is told to. */
export class FakeQuorum {
  readonly epoch = 1
  voters: VoterSet = [voter(1)]
  nextOffset = 5
  readonly loader = new MetadataLoader()
  refuse: QuorumError | null = null
  commitsAtOnce = true
  batches: Buffer[][] = []
  #committed = 0
  #waiters: Array<{ resolve: () => void; reject: (error: QuorumError) => void }> = []

  append(values: readonly Buffer[]) {
    if (this.refuse !== null) throw this.refuse
    const baseOffset = this.nextOffset
    this.batches.push([...values])
    this.nextOffset += values.length
    if (this.commitsAtOnce) this.commit()
    return { baseOffset, offsetEnd: this.nextOffset, epoch: 1 }
  }

  commit(): void {
    for (const values of this.batches.slice(this.#committed)) {
      const records = values.map((value) => decodeRecord(value))
      this.loader.load([{ offsetLast: this.nextOffset - 1, epoch: 1, timestampMs: 0, records }])
    }
    this.#committed = this.batches.length
    for (const { resolve } of this.#waiters.splice(0)) resolve()
  }

  /** Another node leads: what is not committed is gone. */
  lose(): void {
    this.refuse = new QuorumError('NOT_LEADER', 'Cannot append: this node does not lead')
    for (const values of this.batches.splice(this.#committed)) this.nextOffset -= values.length
    for (const { reject } of this.#waiters.splice(0)) reject(this.refuse)
  }

  whenCommitted(): Promise<void> {
    if (this.#committed === this.batches.length) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }
}
