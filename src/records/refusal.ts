import type { RecordError, Refusal } from './check-rules.ts'

/** A refusal of the batch as a whole, or for the sake of some records in it. */
export function refuse(
  kind: Refusal['kind'],
  message: string,
  recordErrors: readonly RecordError[] = [],
): Refusal {
  return { kind, message, recordErrors }
}
