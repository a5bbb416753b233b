import { LogError } from '../errors.ts'
import type { PartitionLog } from '../partition-log.ts'
import type { Appended } from './contracts.ts'

/** What an append gives back. A flush is asked for by whoever looks at `durable`, and by nobody else. */
export class AppendedRecords implements Appended {
  readonly offset: number
  readonly offsetEnd: number
  readonly #partition: PartitionLog
  readonly #cuts: readonly number[]
  readonly #cutsBefore: number

  constructor(partition: PartitionLog, cuts: readonly number[], offset: number, offsetEnd: number) {
    this.#partition = partition
    this.#cuts = cuts
    this.#cutsBefore = cuts.length
    this.offset = offset
    this.offsetEnd = offsetEnd
  }

  get durable(): Promise<void> {
    return this.#whenDurable()
  }

  async #whenDurable(): Promise<void> {
    const cuts = this.#cuts.slice(this.#cutsBefore)
    if (cuts.some((cut) => cut < this.offsetEnd)) {
      throw new LogError('TRUNCATED', `Cannot wait for offset ${this.offset}: it was truncated`)
    }
    await this.#partition.whenDurable(this.offsetEnd)
  }
}
