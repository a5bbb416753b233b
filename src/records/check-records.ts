/**
 * What the leader checks of the records in a produced batch: items 18 to 20 of Kafka's order
 * (DefaultRecord.readFrom, LogValidator.validateRecord), and what it learns on the way.
 */
import type { ProduceRules, RecordError, Refusal } from './check-rules.ts'
import type { BatchHeader } from './header.ts'
import { RecordCursor } from './record-cursor.ts'
import { refuse } from './refusal.ts'

/** Kafka lists every refused record; a client treats those that are not listed like the batch. */
const RECORD_ERRORS_MAX = 100
/** In a timestamp: none given. */
const NO_TIMESTAMP = -1

/** One walk over the records, uncompressed, of a batch whose header has been checked. */
export class RecordsCheck {
  /** The newest of the records' timestamps; -1 when none has one. */
  maxTimestamp = NO_TIMESTAMP
  /** Whether the offsets count 0, 1, 2 … as the log needs them. */
  isInOrder = true

  readonly #header: BatchHeader
  readonly #rules: ProduceRules
  readonly #oldestMs: number
  readonly #newestMs: number
  readonly #errors: RecordError[] = []
  #hasInvalidTimestamp = false

  constructor(header: BatchHeader, rules: ProduceRules) {
    this.#header = header
    this.#rules = rules
    const isCreateTime = rules.timestampType === 'CreateTime'
    // Wherever a timestamp counts it must be an exact number.
    const newest = isCreateTime ? rules.nowMs + rules.timestampAfterMaxMs : Infinity
    const oldest = isCreateTime ? rules.nowMs - rules.timestampBeforeMaxMs : -Infinity
    this.#newestMs = Math.min(newest, Number.MAX_SAFE_INTEGER)
    this.#oldestMs = Math.max(oldest, Number.MIN_SAFE_INTEGER)
  }

  /** Walks over all of `bytes`: the uncompressed records. */
  run(bytes: Buffer): Refusal | null {
    const { recordCount, baseTimestamp } = this.#header
    const { compacted } = this.#rules
    const newestMs = this.#newestMs
    const oldestMs = this.#oldestMs
    const cursor = new RecordCursor(bytes)
    let maxTimestamp = NO_TIMESTAMP
    for (let index = 0; index < recordCount; index++) {
      if (!cursor.next()) {
        return refuse('invalidRecord', `Cannot append: in record ${index} ${cursor.problem}`)
      }
      if (cursor.offsetDelta !== index) this.isInOrder = false
      const timestamp = baseTimestamp + cursor.timestampDelta
      if (timestamp > maxTimestamp) maxTimestamp = timestamp
      if (compacted && cursor.keyLength < 0) this.#refuseKey(index)
      else if (timestamp > newestMs || timestamp < oldestMs) {
        this.#refuseTimestamp(index, timestamp)
      }
    }
    this.maxTimestamp = maxTimestamp
    if (cursor.remaining > 0) {
      const message = `Cannot append: found ${cursor.remaining} bytes behind the last record`
      return refuse('invalidRecord', message)
    }
    return this.#refusalOfRecords()
  }

  #refuseKey(index: number): void {
    this.#add({ index, message: 'A compacted topic takes no record without a key' })
  }

  #refuseTimestamp(index: number, timestamp: number): void {
    if (timestamp === NO_TIMESTAMP) return
    this.#hasInvalidTimestamp = true
    const range = `from ${this.#oldestMs} to ${this.#newestMs}`
    this.#add({ index, message: `Timestamp ${timestamp} is outside the range ${range}` })
  }

  #add(error: RecordError): void {
    if (this.#errors.length < RECORD_ERRORS_MAX) this.#errors.push(error)
  }

  #refusalOfRecords(): Refusal | null {
    const [first] = this.#errors
    if (first === undefined) return null
    const kind = this.#hasInvalidTimestamp ? 'invalidTimestamp' : 'invalidRecord'
    const message = `Cannot append: record ${first.index} was refused: ${first.message}`
    return refuse(kind, message, this.#errors)
  }
}
