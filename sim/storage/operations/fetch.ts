import { errorCodes, FetchRequest, FetchResponse } from '../../../src/protocol/index.ts'
import { fetchedOf, fetchOf, readFetched } from '../fetching.ts'
import { checkExcuse, defineOperation } from '../operation.ts'
import { isStillThere, pickPartition } from '../producing.ts'
import type { Target } from '../producing.ts'

interface Input extends Target {
  readonly offset: number
  readonly maxBytes: number
  /** Known to be readable when the request was made. */
  readonly knownEnd: number
}

/** Reads from anywhere; what comes must be what was there before. */
export const fetch = defineOperation({
  name: 'fetch',
  weight: 5,
  request: FetchRequest,
  response: FetchResponse,
  sample({ shadow, prng }): Input | null {
    const target = pickPartition(shadow, prng)
    if (target === null) return null
    const { knownEnd } = target.partition
    const maxBytes = prng.pick([1, 200, 5_000, 1_000_000])
    return { ...target, offset: prng.int(0, knownEnd), maxBytes, knownEnd }
  },
  build: (input) => fetchOf(input, input.offset, input.maxBytes),
  predict(shadow, input, reply) {
    if (reply.kind !== 'answer' || !isStillThere(input)) return
    const fetched = fetchedOf(reply.answer)
    const { partition, topic, offset, knownEnd } = input
    if (typeof fetched === 'number') {
      checkExcuse(shadow, topic, 'Fetch', fetched)
      return
    }
    if (fetched.errorCode === errorCodes.OFFSET_OUT_OF_RANGE) {
      if (offset < partition.startMax || partition.mayHaveLostTail) return
      partition.fail('lost', `offset ${offset} is out of range, known was up to ${knownEnd}`)
    }
    if (fetched.errorCode !== 0) {
      checkExcuse(shadow, topic, 'Fetch', fetched.errorCode)
      return
    }
    const batches = readFetched(partition.name, fetched.records)
    for (const { records } of batches) for (const record of records) partition.seen(record)
    const first = batches[0]
    if (first !== undefined && (first.baseOffset > offset || first.offsetEnd <= offset)) {
      partition.fail('gap', `asked for offset ${offset}, got the batch at ${first.baseOffset}`)
    }
  },
})
