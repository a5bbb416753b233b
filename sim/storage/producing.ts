/** What the operations that produce have in common. */
import type { Prng } from '../../src/base/index.ts'
import { errorCodes } from '../../src/protocol/index.ts'
import type { ProduceResponse } from '../../src/protocol/index.ts'
import type { Codec } from '../../src/records/index.ts'
import type { Decoded } from '../../src/wire/index.ts'
import { encodeBatch } from './batch.ts'
import type { Sender, SentBatch } from './batch.ts'
import { checkExcuse } from './operation.ts'
import type { BatchShadow, PartitionShadow } from './partition-shadow.ts'
import type { Incarnation, Shadow } from './shadow.ts'

export interface Target {
  readonly topic: Incarnation
  readonly partition: PartitionShadow
  readonly index: number
}

const CODECS: readonly Codec[] = ['uncompressed', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']

export function pickPartition(shadow: Shadow, prng: Prng): Target | null {
  const topics = shadow.incarnations()
  if (topics.length === 0) return null
  const topic = prng.pick(topics)
  const index = prng.int(0, topic.partitions.length - 1)
  return { topic, index, partition: topic.partitions[index] as PartitionShadow }
}

export function sampleBatch(
  shadow: Shadow,
  prng: Prng,
  timestampMs: number,
  sender: Sender | null,
  baseSequence: number,
): SentBatch {
  return {
    id: shadow.newBatchId(),
    count: prng.pick([1, 1, 2, 5, 20]),
    valueBytes: prng.pick([30, 100, 100, 1_000]),
    codec: prng.pick(CODECS),
    timestampMs,
    sender,
    baseSequence,
  }
}

/** What is known of a topic that was replaced by another of its name is of no interest any more. */
export function isStillThere({ topic }: Target): boolean {
  return !topic.isGone
}

/** Enters the answer for one batch; returns its error code. */
export function enterProduced(
  shadow: Shadow,
  { topic, partition }: Target,
  batch: BatchShadow,
  answer: Decoded<typeof ProduceResponse>,
): number {
  const { errorCode, baseOffset } = answer.responses[0]?.partitionResponses[0] ?? {
    errorCode: errorCodes.UNKNOWN_SERVER_ERROR,
    baseOffset: -1,
  }
  if (errorCode === 0) {
    partition.acked(batch, baseOffset)
  } else if (errorCode === errorCodes.RECORD_LIST_TOO_LARGE && isTooLarge(topic, batch)) {
    batch.fate = 'refused'
  } else if (errorCode === errorCodes.INVALID_TIMESTAMP && shadow.mayJumpClocks) {
    // Kafka too looks at the timestamps first, and then whether the batch is there already.
    if (!batch.isRetried) batch.fate = 'refused'
  } else if (errorCode === errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER && partition.hasLostTail) {
    batch.fate = 'refused'
  } else {
    checkExcuse(shadow, topic, 'produce', errorCode)
  }
  return errorCode
}

/** A batch must fit into one segment. */
function isTooLarge({ configs, hasSureConfigs }: Incarnation, { sent }: BatchShadow): boolean {
  if (!hasSureConfigs) return true
  const isRebuilt = configs.has('compression.type')
  return isRebuilt || encodeBatch(sent).length > Number(configs.get('internal.segment.bytes'))
}
