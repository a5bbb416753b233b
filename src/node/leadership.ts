import type { LeaderChange } from '../quorum/index.ts'

/** Passes on who leads the metadata quorum. Who listens late is told where things stand. */
export class Leadership {
  #last: LeaderChange | null = null
  #listener: (change: LeaderChange) => void = () => {}

  changed(change: LeaderChange): void {
    this.#last = change
    this.#listener(change)
  }

  follow(listener: (change: LeaderChange) => void): void {
    this.#listener = listener
    if (this.#last !== null) listener(this.#last)
  }
}
