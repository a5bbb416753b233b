/** One Produce request and its answer. */
import {
  MetadataRequest,
  MetadataResponse,
  ProduceRequest,
  ProduceResponse,
} from '../../protocol/index.ts'
import type { NodeConnection } from '../../rpc/index.ts'
import type { TopicMetadata } from './cluster-client.ts'

/** -1: all in-sync replicas; 1: the leader; 0: nobody answers. */
export type Acks = -1 | 0 | 1

export interface SentBatch {
  readonly partition: number
  readonly batch: Buffer
}

export interface BatchResult {
  readonly partition: number
  readonly errorCode: number
  /** -1: unknown. */
  readonly baseOffset: number
  readonly message: string | null
}

/** Sends one batch to each of several partitions that `node` leads. */
export async function sendBatches(
  node: NodeConnection,
  topic: TopicMetadata,
  batches: readonly SentBatch[],
  acks: Acks,
  timeoutMs: number,
): Promise<BatchResult[]> {
  const request = {
    acks,
    timeoutMs,
    topicData: [
      {
        name: topic.name ?? '',
        topicId: topic.topicId,
        partitionData: batches.map(({ partition, batch }) => ({
          index: partition,
          records: batch,
        })),
      },
    ],
  }
  if (acks === 0) {
    node.sendUnanswered(ProduceRequest, request)
    await everythingRead(node)
    return batches.map(({ partition }) => ({
      partition,
      errorCode: 0,
      baseOffset: -1,
      message: null,
    }))
  }
  // The broker gives up after `timeoutMs`, and needs some time to say so.
  const options = { timeoutMs: timeoutMs * 2 }
  const answer = await node.send(ProduceRequest, ProduceResponse, request, options)
  return answer.responses.flatMap(({ partitionResponses }) =>
    partitionResponses.map(({ index, errorCode, baseOffset, errorMessage, recordErrors }) => ({
      partition: index,
      errorCode,
      baseOffset,
      message: recordErrors[0]?.batchIndexErrorMessage ?? errorMessage,
    })),
  )
}

/** A node reads requests in order: once it answers this one, it has those before. Without it the last would be lost when the process ends. */
async function everythingRead(node: NodeConnection): Promise<void> {
  await node.send(MetadataRequest, MetadataResponse, { topics: [] })
}
