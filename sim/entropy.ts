import type { Prng } from '../src/base/index.ts'
import type { Entropy } from '../src/io/index.ts'

/** Randomness that the seed decides. */
export function simEntropy(prng: Prng): Entropy {
  return { randomBytes: (size) => prng.bytes(size), random: () => prng.float() }
}
