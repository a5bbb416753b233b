/**
 * Work that many ask for and that serves all who asked before it began: whoever asks while it runs shares the next run. (Group commit, for anything.)
 */
export class SharedTask {
  readonly #work: () => Promise<void>
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  /** Resolves, or rejects, with a run that begins after this call. */
  request(): Promise<void> {
    if (this.#running === null) return this.#start()
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    )
    return this.#next
  }

  /** Resolves when nothing runs and nobody waits. */
  async idle(): Promise<void> {
    while (this.#running !== null) {
      await (this.#next ?? this.#running).catch(() => undefined)
    }
  }

  #start(): Promise<void> {
    this.#next = null
    const run = this.#work().finally(() => {
      if (this.#running === run) this.#running = null
    })
    this.#running = run
    return run
  }
}
