import { randomBytes } from 'node:crypto'
import type { Entropy } from '../entropy.ts'

export const nodeEntropy: Entropy = {
  randomBytes: (size) => randomBytes(size),
  random: () => Math.random(),
}
