/**
 * Why records could not be read:
 * `RECORDS_DAMAGED`: bytes that are not what they claim to be;
 * `RECORDS_TOO_LARGE`: more than the limit once decompressed (found before that memory is taken);
 * `CODEC_UNAVAILABLE`: an unknown codec, or one without a native build for this platform.
 */
export type RecordsErrorCode = 'RECORDS_DAMAGED' | 'RECORDS_TOO_LARGE' | 'CODEC_UNAVAILABLE'

/** The gateway for produced batches turns it into a refusal; everyone else meets it as thrown. */
export class RecordsError extends Error {
  override readonly name = 'RecordsError'
  readonly code: RecordsErrorCode

  constructor(code: RecordsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
