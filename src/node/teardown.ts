/** What has to be undone, last first: when the node stops, and when it cannot start. */
export class Teardown {
  readonly #steps: Array<() => unknown> = []

  /** Adds a step as soon as there is something to undo. */
  push(step: () => unknown): void {
    this.#steps.push(step)
  }

  /** Takes all steps, each once. One that fails does not keep the others: locks and sockets are let go. Rejects with the first failure. */
  async run(): Promise<void> {
    const failures: unknown[] = []
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
