import type { Segment } from './segment.ts'

/** So many consumers of one partition find their place without the index. */
const HINTS_MAX = 8

export interface ReadHint {
  readonly offset: number
  readonly segment: Segment
  /** Where the batch that begins at `offset` lies, or will lie. */
  readonly position: number
}

/** Where the last few reads ended: consumers read on from there. */
export class ReadHints {
  readonly #hints: ReadHint[] = []
  #next = 0

  find(offset: number): ReadHint | null {
    for (const hint of this.#hints) {
      if (hint.offset === offset && !hint.segment.retired) return hint
    }
    return null
  }

  note(hint: ReadHint): void {
    this.#hints[this.#next] = hint
    this.#next = (this.#next + 1) % HINTS_MAX
  }

  clear(): void {
    this.#hints.length = 0
    this.#next = 0
  }
}
