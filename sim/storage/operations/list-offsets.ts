import { errorCodes, ListOffsetsRequest, ListOffsetsResponse } from '../../../src/protocol/index.ts'
import { checkExcuse, defineOperation } from '../operation.ts'
import { isStillThere, pickPartition } from '../producing.ts'
import type { Target } from '../producing.ts'

const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3

interface Input extends Target {
  readonly timestamp: number
  /** Acknowledged when the request was made. */
  readonly ackedEnd: number
  readonly startMin: number
}

/** Asks for offsets by place and by time. */
export const listOffsets = defineOperation({
  name: 'list offsets',
  weight: 2,
  request: ListOffsetsRequest,
  response: ListOffsetsResponse,
  sample({ shadow, prng, client }): Input | null {
    const target = pickPartition(shadow, prng)
    if (target === null) return null
    const wallMs = client.process.io.clock.wallMs()
    const timestamp = prng.pick([LATEST, EARLIEST, MAX_TIMESTAMP, wallMs - prng.int(0, 5_000)])
    const { ackedEnd, startMin } = target.partition
    return { ...target, timestamp, ackedEnd, startMin }
  },
  build: ({ topic, index, timestamp }) => ({
    replicaId: -1,
    timeoutMs: 10_000,
    topics: [{ name: topic.name, partitions: [{ partitionIndex: index, timestamp }] }],
  }),
  predict(shadow, input, reply) {
    const { topic, partition, timestamp, ackedEnd, startMin } = input
    // By name: another topic may have it by now.
    if (reply.kind !== 'answer' || !isStillThere(input) || topic.mayBeGone) return
    const { errorCode = errorCodes.UNKNOWN_SERVER_ERROR, offset = -1 } =
      reply.answer.topics[0]?.partitions[0] ?? {}
    if (errorCode !== 0) {
      checkExcuse(shadow, topic, 'ListOffsets', errorCode)
      return
    }
    if (timestamp === LATEST && offset < ackedEnd) {
      partition.fail('lost', `the latest offset is ${offset}, acknowledged was up to ${ackedEnd}`)
    }
    if (timestamp === EARLIEST && (offset < startMin || offset > partition.startMax)) {
      partition.fail(
        'log start',
        `the earliest offset is ${offset}, not from ${startMin} to ${partition.startMax}`,
      )
    }
  },
})
