/** One Fetch request and what its answer means, partition by partition. */
import { FetchRequest, FetchResponse } from '../../protocol/index.ts'
import {
  isLogAppendTime,
  offsetEndOf,
  readRecords,
  verifyBatch,
  wholeBatches,
} from '../../records/index.ts'
import type { NodeConnection } from '../../rpc/index.ts'
import type { Decoded } from '../../wire/index.ts'
import type { ConsumedRecord, RecordSource } from '../text/record.ts'
import { AbortedFilter } from './aborted-filter.ts'
import { isolationLevels } from './list-offsets.ts'
import type { Isolation } from './list-offsets.ts'
import { byTopic, partitionName } from './partitions.ts'
import type { TopicPartition } from './partitions.ts'

/** How long the broker may wait for records: also how long a stop may take. */
const WAIT_MS = 500
const FETCH_BYTES_MAX = 16 * 1024 * 1024
/** A single batch that is larger comes all the same (KIP-74). */
const PARTITION_BYTES_MAX = 4 * 1024 * 1024
/** Names instead of topic ids; all releases that know ids know this, too. */
const VERSION_MAX = 12

export interface FetchPosition extends TopicPartition {
  /** Of the next record wanted. */
  readonly position: number
}

export type FetchedPartition = Decoded<
  typeof FetchResponse
>['responses'][number]['partitions'][number] & { readonly topic: string }

export interface Fetched {
  /** Of the whole answer. */
  readonly errorCode: number
  readonly partitions: readonly FetchedPartition[]
}

/** Fetches without a session. The broker answers when there is something, or after a while. */
export async function fetchOnce(
  node: NodeConnection,
  positions: readonly FetchPosition[],
  isolation: Isolation,
): Promise<Fetched> {
  const answer = await node.send(
    FetchRequest,
    FetchResponse,
    {
      maxWaitMs: WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_BYTES_MAX,
      isolationLevel: isolationLevels[isolation],
      topics: byTopic(positions).map(({ topic, items }) => ({
        topic,
        partitions: items.map(({ partition, position }) => ({
          partition,
          fetchOffset: position,
          partitionMaxBytes: PARTITION_BYTES_MAX,
        })),
      })),
    },
    { versionMax: VERSION_MAX },
  )
  const partitions = answer.responses.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ ...partition, topic })),
  )
  return { errorCode: answer.errorCode, partitions }
}

/** The records of one batch that a consumer may see, from the wanted offset on. */
export interface FetchedBatch {
  readonly source: RecordSource
  readonly records: readonly ConsumedRecord[]
  /** Where to go on after it. */
  readonly offsetEnd: number
}

/** The batch came damaged. */
export class DamagedBatchError extends Error {
  override readonly name = 'DamagedBatchError'
  readonly code = 'DAMAGED_BATCH'
}

/**
 * The batches of one partition of a fetch, in order; those of aborted transactions and control batches with no records.
 *
 * @throws DamagedBatchError or RecordsError
 */
export function* batchesOf(
  fetched: FetchedPartition,
  position: number,
  nodeId: number,
): Generator<FetchedBatch> {
  const buffer = fetched.records
  if (buffer === null) return
  const filter = new AbortedFilter(fetched.abortedTransactions)
  const { topic, partitionIndex: partition } = fetched
  for (const header of wholeBatches(buffer)) {
    const offsetEnd = offsetEndOf(header)
    const problem = verifyBatch(buffer, header.position, buffer.length)
    if (problem !== null) {
      const where = `${partitionName({ topic, partition })} at offset ${header.baseOffset}`
      throw new DamagedBatchError(`Cannot read the batch of ${where}: ${problem.message}`)
    }
    const isVisible = filter.passes(buffer, header) && offsetEnd > position
    const all = isVisible ? readRecords(buffer, header) : []
    const records = header.baseOffset < position ? all.filter((r) => r.offset >= position) : all
    const timestampType = isLogAppendTime(header) ? 'logappend' : 'create'
    const source = {
      topic,
      partition,
      leaderEpoch: header.leaderEpoch,
      timestampType,
      nodeId,
    } as const
    yield { source, records, offsetEnd }
  }
}
