/**
 * FAILED: a write or flush of the log dir failed; nothing in it can be written until restart.
 * NO_SPACE: the disk is full; the log is as before the call, and a later call may succeed.
 * TOO_MANY_FILES: the process has no file descriptor left; may pass.
 * CLOSED: the log was closed or deleted. TRUNCATED: the records waited for were cut off.
 * LOCKED: another process uses the log dir. NOT_FORMATTED, WRONG_IDENTITY: its `meta.properties` is missing, or
 * names another cluster or node. UNREADABLE: a file that must be right is not.
 * EXISTS, NOT_FOUND: of the partition.
 *
 * Of the embedded log alone: INVALID: an option or argument that cannot be meant. TOO_LARGE: more than may be appended at once. OUT_OF_RANGE: an
 * offset that the log does not have. CORRUPT: records that are not what was written. INSIDE_BATCH: records that were appended together cannot be
 * parted. BUSY: not while the log is being truncated. SNAPSHOT_FAILED: a snapshot could not be stored; the log is as before.
 */
export type LogErrorCode =
  | 'FAILED'
  | 'NO_SPACE'
  | 'TOO_MANY_FILES'
  | 'CLOSED'
  | 'TRUNCATED'
  | 'LOCKED'
  | 'NOT_FORMATTED'
  | 'WRONG_IDENTITY'
  | 'UNREADABLE'
  | 'EXISTS'
  | 'NOT_FOUND'
  | 'INVALID'
  | 'TOO_LARGE'
  | 'OUT_OF_RANGE'
  | 'CORRUPT'
  | 'INSIDE_BATCH'
  | 'BUSY'
  | 'SNAPSHOT_FAILED'

/** An operating error of the log. Refusals that the protocol knows are values instead. */
export class LogError extends Error {
  override readonly name = 'LogError'
  readonly code: LogErrorCode

  constructor(code: LogErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Bytes of the log that cannot be what was written: found while reading, told to the reader as a value. */
export class DamagedLog extends Error {
  override readonly name = 'DamagedLog'

  constructor(offset: number, position: number, problem: string) {
    super(`Cannot read offset ${offset}: at byte ${position} of its segment ${problem}`)
  }
}
