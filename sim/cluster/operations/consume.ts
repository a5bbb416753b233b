import { errorCodes, FetchRequest, FetchResponse } from '../../../src/protocol/index.ts'
import { fetchedOf, readFetched } from '../../storage/fetching.ts'
import { checkTrouble, defineOperation } from '../operation.ts'
import type { Target } from '../shadow.ts'

interface Input {
  readonly target: Target
  readonly offset: number
  readonly maxBytes: number
}

/** Reads from anywhere, from whoever answers; what comes must be what was there before, and stay. */
export const consume = defineOperation({
  name: 'consume',
  weight: 6,
  request: FetchRequest,
  response: FetchResponse,
  sample({ shadow, prng }): Input | null {
    const targets = shadow.targets()
    if (targets.length === 0) return null
    const target = prng.pick(targets)
    const { knownEnd } = target.partition
    const offset = prng.chance(0.5) ? knownEnd : prng.int(0, knownEnd)
    return { target, offset, maxBytes: prng.pick([200, 5_000, 1_000_000]) }
  },
  nodeId({ target: { leadership } }, { shadow, prng }) {
    const isElsewhere = leadership.leaderId < 0 || prng.chance(0.3)
    return isElsewhere ? prng.pick(shadow.nodeIds) : leadership.leaderId
  },
  build: ({ target: { topic, id, index }, offset, maxBytes }) => ({
    maxWaitMs: 100,
    minBytes: 1,
    maxBytes,
    topics: [
      {
        topic: topic.name,
        topicId: id,
        partitions: [{ partition: index, fetchOffset: offset, partitionMaxBytes: maxBytes }],
      },
    ],
    forgottenTopicsData: [],
  }),
  predict(_shadow, { target: { partition }, offset }, reply) {
    if (reply.kind !== 'answer') return
    const fetched = fetchedOf(reply.answer)
    const errorCode = typeof fetched === 'number' ? fetched : fetched.errorCode
    // A leader that does not know yet that it is none may have less than others know.
    if (errorCode === errorCodes.OFFSET_OUT_OF_RANGE) return
    if (typeof fetched === 'number' || errorCode !== 0) {
      checkTrouble('Fetch', errorCode)
      return
    }
    const batches = readFetched(partition.name, fetched.records)
    const last = batches.at(-1)
    if (last !== undefined && last.offsetEnd > fetched.highWatermark) {
      partition.fail(
        'beyond',
        `read up to ${last.offsetEnd}, the high watermark is ${fetched.highWatermark}`,
      )
    }
    for (const { records } of batches) for (const record of records) partition.seen(record)
    const first = batches[0]
    if (first !== undefined && (first.baseOffset > offset || first.offsetEnd <= offset)) {
      partition.fail('gap', `asked for offset ${offset}, got the batch at ${first.baseOffset}`)
    }
  },
})
