import { Violation } from '../violation.ts'

/** What is known of the offset that a group committed for one partition. -1 stands for none. */
export class CommittedOffset {
  readonly name: string
  /** What may be stored now: the last that was acknowledged, and later ones whose fate is open. */
  #possible = new Set([-1])
  /** All that was ever tried. */
  readonly #tried = new Set([-1])
  /** Commits without an answer: they may be carried out later than others. */
  readonly #unanswered = new Set<number>()
  isBusy = false
  /** A power cut may have brought back an older one. */
  mayBeOlder = false

  constructor(name: string) {
    this.name = name
  }

  get wasTried(): boolean {
    return this.#tried.size > 1
  }

  trying(offset: number): void {
    this.#possible.add(offset)
    this.#tried.add(offset)
  }

  notTried(offset: number): void {
    this.#possible.delete(offset)
  }

  acked(offset: number): void {
    this.#possible = new Set([offset, ...this.#unanswered])
  }

  unanswered(offset: number): void {
    this.#unanswered.add(offset)
  }

  seen(offset: number, isExpiryPossible: boolean): void {
    const isAllowed =
      this.#possible.has(offset) ||
      (this.mayBeOlder && this.#tried.has(offset)) ||
      (isExpiryPossible && offset === -1)
    if (isAllowed) return
    throw new Violation(
      'group offset',
      `${this.name}: found ${offset}, committed was one of ${[...this.#possible].join(', ')}`,
    )
  }

  /** The same where what is found may be out of date. */
  seenAnyTime(offset: number): void {
    if (this.#tried.has(offset)) return
    throw new Violation('group offset', `${this.name}: found ${offset}, which nobody committed`)
  }

  /** Nothing is under way any more: what is stored is what will be found. */
  settled(offset: number): void {
    this.#possible = new Set([offset])
    this.#unanswered.clear()
    this.mayBeOlder = false
  }
}

export const GROUPS = ['readers', 'writers']
