import {
  DeleteRecordsRequest,
  DeleteRecordsResponse,
  errorCodes,
} from '../../../src/protocol/index.ts'
import { checkExcuse, defineOperation } from '../operation.ts'
import { isStillThere, pickPartition } from '../producing.ts'
import type { Target } from '../producing.ts'

interface Input extends Target {
  readonly offset: number
}

/** Moves a log start up; once acknowledged it never goes back. */
export const deleteRecords = defineOperation({
  name: 'delete records',
  weight: 0.7,
  request: DeleteRecordsRequest,
  response: DeleteRecordsResponse,
  sample({ shadow, prng }): Input | null {
    const target = pickPartition(shadow, prng)
    // By name: it must not hit a topic that comes later.
    if (target === null || target.topic.mayBeGone || target.partition.ackedEnd === 0) return null
    const { partition } = target
    const offset = prng.int(0, partition.ackedEnd)
    partition.startMax = Math.max(partition.startMax, offset)
    return { ...target, offset }
  },
  build: ({ topic, index, offset }) => ({
    timeoutMs: 10_000,
    topics: [{ name: topic.name, partitions: [{ partitionIndex: index, offset }] }],
  }),
  predict(shadow, input, reply) {
    const { topic, partition, offset } = input
    if (reply.kind !== 'answer' || !isStillThere(input)) return
    const { errorCode = errorCodes.UNKNOWN_SERVER_ERROR, lowWatermark = -1 } =
      reply.answer.topics[0]?.partitions[0] ?? {}
    if (errorCode === errorCodes.OFFSET_OUT_OF_RANGE && shadow.mayFailStorage) return
    if (errorCode !== 0) {
      checkExcuse(shadow, topic, 'DeleteRecords', errorCode)
      return
    }
    if (lowWatermark < offset) {
      partition.fail('undeleted', `deleted was up to ${offset}, the answer says ${lowWatermark}`)
    }
    partition.startMin = Math.max(partition.startMin, offset)
  },
})
