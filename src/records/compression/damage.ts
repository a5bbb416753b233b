import { RecordsError } from '../error.ts'

/** The error for compressed bytes that cannot be what they claim to be. */
export function damaged(codec: string, what: string, cause?: unknown): RecordsError {
  const found = cause instanceof Error ? `${what} (${cause.message})` : what
  return new RecordsError('RECORDS_DAMAGED', `Cannot decompress ${codec}: ${found}`, { cause })
}

/** The error for what would become larger than its reader allows. */
export function tooLarge(codec: string, limitBytes: number): RecordsError {
  return new RecordsError(
    'RECORDS_TOO_LARGE',
    `Cannot decompress ${codec}: found more than the limit of ${limitBytes} bytes`,
  )
}
