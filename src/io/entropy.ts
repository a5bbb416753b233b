/** Randomness: ids, jitter, nonces. */
export interface Entropy {
  randomBytes(size: number): Buffer
  /** A number in [0, 1). */
  random(): number
}
