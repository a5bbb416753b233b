/**
 * What happened in a world, folded into one hash: two runs of one seed must end with the same. The last lines are kept, for whoever
 * looks for the point where two runs part.
 */
export class Trace {
  #high = 0x9747_b28c
  #low = 0x3c6e_f372
  readonly #linesMax: number
  readonly #lines: string[] = []
  /** Entries so far. */
  count = 0

  constructor(linesMax: number) {
    this.#linesMax = linesMax
  }

  record(atMs: number, text: string): void {
    const line = `${atMs.toFixed(4)} ${text}`
    this.count += 1
    this.#fold(line)
    if (this.#linesMax === 0) return
    this.#lines.push(line)
    if (this.#lines.length >= 2 * this.#linesMax) this.#lines.splice(0, this.#linesMax)
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
    return hex(this.#high) + hex(this.#low)
  }

  /** The last entries, oldest first. */
  get lines(): readonly string[] {
    return this.#lines.slice(-this.#linesMax)
  }

  /** Two multiplicative hashes side by side: quick, and no adversary is about. */
  #fold(line: string): void {
    let high = this.#high
    let low = this.#low
    for (let i = 0; i < line.length; i++) {
      const char = line.charCodeAt(i)
      high = Math.imul(high ^ char, 0x9e37_79b1)
      low = Math.imul(low ^ char, 0x5f35_6495)
    }
    this.#high = high ^ (low >>> 15)
    this.#low = low ^ (high >>> 13)
  }
}

/** A seed for a part of the world, so that what one part draws does not change what another draws. */
export function seedFor(seed: number, part: string): number {
  let hash = seed >>> 0
  for (let i = 0; i < part.length; i++) {
    hash = Math.imul(hash ^ part.charCodeAt(i), 0x0100_0193)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}
