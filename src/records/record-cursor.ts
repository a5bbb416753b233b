/**
 * Steps through the records of one batch without making an object of any: the gateway's check, the reader and
 * the renumbering all see records through it. Layout and rules: org.apache.kafka.common.record.DefaultRecord.
 */
import { varint } from '../base/index.ts'

/** Lengths, attributes, two deltas, key, value and header count in a byte each: no record is smaller. */
export const RECORD_SIZE_MIN = 7

export class RecordCursor {
  /** What is wrong with the record that {@link next} refused. */
  problem: string | null = null

  /** Behind the record's length. */
  bodyStart = 0
  /** Exclusive; where the next record begins. */
  end = 0
  timestampDelta = 0
  offsetDelta = 0
  /** Where `offsetDelta` begins. */
  offsetDeltaStart = 0
  /** Where the key's length begins: everything from here on is independent of the record's place. */
  keyLengthStart = 0
  keyStart = 0
  /** -1: null. */
  keyLength = 0
  valueStart = 0
  /** -1: null. */
  valueLength = 0
  headerCount = 0
  headersStart = 0

  readonly #bytes: Buffer
  readonly #limit: number

  /** Over the uncompressed records that fill `bytes`. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#limit = bytes.length
  }

  /** Bytes behind the current record. */
  get remaining(): number {
    return this.#limit - this.end
  }

  /** Moves to the next record and checks its structure. False: {@link problem} says what is wrong with it. */
  next(): boolean {
    const bytes = this.#bytes
    const length = varint.readVarint32(bytes, this.end, this.#limit)
    const bodyStart = varint.next
    if (bodyStart < 0 || length < RECORD_SIZE_MIN - 1) return this.#fail('its length is wrong')
    const end = bodyStart + length
    if (end > this.#limit) return this.#fail('it is longer than its batch')
    this.end = end
    this.bodyStart = bodyStart

    // One byte of attributes, which have no meaning yet.
    this.timestampDelta = varint.readVarint64(bytes, bodyStart + 1, end)
    if (varint.next < 0) return this.#fail('its timestamp is malformed')
    this.offsetDeltaStart = varint.next
    this.offsetDelta = varint.readVarint32(bytes, varint.next, end)
    if (varint.next < 0) return this.#fail('its offset is malformed')

    this.keyLengthStart = varint.next
    this.keyLength = varint.readVarint32(bytes, this.keyLengthStart, end)
    this.keyStart = varint.next
    if (this.keyStart < 0 || this.keyLength < -1) return this.#fail('its key length is wrong')
    const keyEnd = this.keyLength < 0 ? this.keyStart : this.keyStart + this.keyLength
    if (keyEnd > end) return this.#fail('its key is longer than the record')

    this.valueLength = varint.readVarint32(bytes, keyEnd, end)
    this.valueStart = varint.next
    if (this.valueStart < 0 || this.valueLength < -1) return this.#fail('its value length is wrong')
    const valueEnd = this.valueLength < 0 ? this.valueStart : this.valueStart + this.valueLength
    if (valueEnd > end) return this.#fail('its value is longer than the record')

    this.headerCount = varint.readVarint32(bytes, valueEnd, end)
    this.headersStart = varint.next
    if (this.headersStart < 0 || this.headerCount < 0) {
      return this.#fail('its header count is wrong')
    }
    return this.headerCount === 0 ? this.#endsAt(this.headersStart) : this.#checkHeaders()
  }

  #checkHeaders(): boolean {
    const bytes = this.#bytes
    const end = this.end
    let position = this.headersStart
    for (let i = 0; i < this.headerCount; i++) {
      const keyLength = varint.readVarint32(bytes, position, end)
      if (varint.next < 0 || keyLength < 0) return this.#fail('the key of a header is wrong')
      position = varint.next + keyLength
      if (position > end) return this.#fail('the key of a header is longer than the record')
      const valueLength = varint.readVarint32(bytes, position, end)
      if (varint.next < 0 || valueLength < -1) return this.#fail('the value of a header is wrong')
      position = valueLength < 0 ? varint.next : varint.next + valueLength
      if (position > end) return this.#fail('the value of a header is longer than the record')
    }
    return this.#endsAt(position)
  }

  #endsAt(position: number): boolean {
    return position === this.end || this.#fail('bytes are left over behind its headers')
  }

  #fail(problem: string): false {
    this.problem = problem
    return false
  }
}
