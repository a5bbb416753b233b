/** A block of producer ids that the controller gave to this broker. */
export interface ProducerIdBlock {
  readonly firstId: number
  readonly count: number
}

/**
 * Gives out producer ids, each once in the life of the cluster: blocks come from the controller, which logs them before it answers, so a
 * crash only skips ids.
 */
export class ProducerIds {
  readonly #allocate: () => Promise<ProducerIdBlock | null>
  #next = 0
  #end = 0
  #refill: Promise<boolean> | null = null

  /** @param allocate asks the controller for a block; null when it cannot give one now */
  constructor(allocate: () => Promise<ProducerIdBlock | null>) {
    this.#allocate = allocate
  }

  /** A fresh id, or null when none can be had now: the client may try again. */
  async next(): Promise<number | null> {
    while (this.#next >= this.#end) {
      this.#refill ??= this.#fetchBlock()
      if (!(await this.#refill)) return null
    }
    return this.#next++
  }

  async #fetchBlock(): Promise<boolean> {
    try {
      const block = await this.#allocate()
      if (block === null) return false
      this.#next = block.firstId
      this.#end = block.firstId + block.count
      return true
    } finally {
      this.#refill = null
    }
  }
}
