/** What is wrong with a metadata log or snapshot. */
export type MetadataErrorCode =
  /** A record type or version that this software does not know: written by newer software. */
  | 'UNSUPPORTED_RECORD'
  /** The bytes of a record do not have the form that their type and version say. */
  | 'MALFORMED_RECORD'
  /** A record speaks of something that is not there, or contradicts what is. */
  | 'INCONSISTENT_RECORD'

/**
 * The metadata log cannot be followed any further. A node that goes on would act on wrong metadata, so
 * the caller stops it (Apache Kafka does the same).
 */
export class MetadataError extends Error {
  override readonly name = 'MetadataError'
  readonly code: MetadataErrorCode

  constructor(code: MetadataErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A record contradicts the image: `Cannot <action>: <found>`. */
export function inconsistent(action: string, found: string): MetadataError {
  return new MetadataError('INCONSISTENT_RECORD', `Cannot ${action}: ${found}`)
}
