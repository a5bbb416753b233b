/** Reading a partition as a consumer does. */
import { errorCodes } from '../../src/protocol/index.ts'
import type { FetchRequest, FetchResponse } from '../../src/protocol/index.ts'
import { readBatchHeader, verifyBatch } from '../../src/records/index.ts'
import type { Decoded, Draft } from '../../src/wire/index.ts'
import { recordsOf } from './batch.ts'
import type { ScannedBatch } from './partition-shadow.ts'
import type { Target } from './producing.ts'
import { Violation } from '../violation.ts'

export type FetchedPartition = Decoded<
  typeof FetchResponse
>['responses'][number]['partitions'][number]

export function fetchOf(
  { topic, index }: Target,
  offset: number,
  maxBytes: number,
): Draft<typeof FetchRequest> {
  const partition = { partition: index, fetchOffset: offset, partitionMaxBytes: maxBytes }
  return {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes,
    topics: [{ topic: topic.name, topicId: topic.id, partitions: [partition] }],
    forgottenTopicsData: [],
  }
}

/** The answer for the one partition; without one, the error of the whole. */
export function fetchedOf(answer: Decoded<typeof FetchResponse>): FetchedPartition | number {
  return (
    answer.responses[0]?.partitions[0] ??
    (answer.errorCode === 0 ? errorCodes.UNKNOWN_SERVER_ERROR : answer.errorCode)
  )
}

/** Decodes what was fetched and checks it as far as it speaks for itself; a partial batch at the end is left out, as consumers do. */
export function readFetched(name: string, records: Buffer | null): ScannedBatch[] {
  const batches: ScannedBatch[] = []
  const buffer = records ?? Buffer.alloc(0)
  for (let position = 0; position + 12 <= buffer.length;) {
    const sizeBytes = 12 + buffer.readInt32BE(position + 8)
    if (position + sizeBytes > buffer.length) break
    const problem = verifyBatch(buffer, position, buffer.length)
    if (problem !== null) {
      throw new Violation('wrong bytes', `${name}: a fetched batch is damaged: ${problem.message}`)
    }
    batches.push(scanned(buffer.subarray(position, position + sizeBytes)))
    position += sizeBytes
  }
  return batches
}

function scanned(bytes: Buffer): ScannedBatch {
  const header = readBatchHeader(bytes, 0)
  const { baseOffset, lastOffsetDelta, producerId, producerEpoch, baseSequence } = header
  const offsetEnd = baseOffset + lastOffsetDelta + 1
  return {
    baseOffset,
    offsetEnd,
    producerId,
    producerEpoch,
    baseSequence,
    records: recordsOf(bytes),
  }
}
