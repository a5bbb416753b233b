/**
 * `LOG_DIR_FAILED`: a write or flush of the metadata log dir failed; the node cannot go on.
 * `DAMAGED`: quorum-state, a snapshot or the log cannot be read as what it must be.
 * `NO_VOTERS`: neither log nor configuration says who the controllers are.
 * `NOT_VOTER`: the only voter is this node with another directory id, and there is nobody else to ask.
 * `ALREADY_FORMATTED`, `NOT_EMPTY`, `WRONG_IDENTITY`: a directory that cannot be formatted: it is formatted, it holds a metadata log
 * without being formatted, it belongs to another cluster or node.
 * `TOO_LARGE`: more records than fit in one batch. `NO_SPACE`: the disk is full; nothing was written. Both refuse one proposal only.
 * `NOT_LEADER`: this node does not lead the quorum, or stopped leading before the record was committed: then whether it counts is unknown.
 * `CLOSED`: the quorum was closed meanwhile.
 */
export type QuorumErrorCode =
  | 'LOG_DIR_FAILED'
  | 'DAMAGED'
  | 'NO_VOTERS'
  | 'NOT_VOTER'
  | 'ALREADY_FORMATTED'
  | 'NOT_EMPTY'
  | 'WRONG_IDENTITY'
  | 'TOO_LARGE'
  | 'NO_SPACE'
  | 'NOT_LEADER'
  | 'CLOSED'

/** An operating error of the metadata quorum. */
export class QuorumError extends Error {
  override readonly name = 'QuorumError'
  readonly code: QuorumErrorCode

  constructor(code: QuorumErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
