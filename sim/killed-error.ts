/**
 * Thrown up the stack of a process that was killed inside a call of the Disk seam. Nothing that the process does from then on has an effect.
 */
export class KilledError extends Error {
  override readonly name = 'KilledError'
}
