/**
 * ListOffsets (2): offsets by time, and the special timestamps (KIP-79, KIP-734, KIP-405).
 */
import { errorCodes, ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/index.ts'
import type { Partition } from '../../replication/index.ts'
import { LogError } from '../../log/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { defineHandler } from '../handler.ts'
import { findPartition } from '../topic-lookup.ts'

type Request = Decoded<typeof ListOffsetsRequest>
type Asked = Request['topics'][number]['partitions'][number]
type Answer = Draft<typeof ListOffsetsResponse>['topics'][number]['partitions'][number]

const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
/** Of the remote tier, which this broker does not have: nothing is there. */
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6
const READ_COMMITTED = 1

/** The special timestamps, each with the version that brought it. */
const SPECIAL_SINCE: ReadonlyMap<number, number> = new Map([
  [LATEST, 0],
  [EARLIEST, 0],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
])

export const listOffsets = defineHandler(ListOffsetsRequest, ListOffsetsResponse, {
  async handle(broker, request, { apiVersion }) {
    const topics = request.topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map((asked) => answerFor(broker, request, apiVersion, name, asked)),
      ),
    }))
    return { topics: await Promise.all(topics) }
  },
})

async function answerFor(
  broker: Broker,
  request: Request,
  apiVersion: number,
  name: string,
  asked: Asked,
): Promise<Answer> {
  const { partitionIndex, timestamp } = asked
  if (timestamp < 0 && apiVersion < (SPECIAL_SINCE.get(timestamp) ?? Infinity)) {
    return { partitionIndex, errorCode: errorCodes.UNSUPPORTED_VERSION }
  }
  const found = findPartition(broker, { name }, partitionIndex)
  if (typeof found === 'number') return { partitionIndex, errorCode: found }
  const fenced = found.checkEpoch(asked.currentLeaderEpoch)
  if (fenced !== 0) return { partitionIndex, errorCode: fenced }
  try {
    const isReadCommitted = request.isolationLevel === READ_COMMITTED
    return {
      partitionIndex,
      errorCode: 0,
      ...(await find(found, timestamp, isReadCommitted)),
    }
  } catch (error) {
    if (error instanceof LogError)
      return { partitionIndex, errorCode: errorCodes.KAFKA_STORAGE_ERROR }
    throw error
  }
}

interface Found {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

const NOT_FOUND: Found = { offset: -1, timestamp: -1, leaderEpoch: -1 }

async function find(
  partition: Partition,
  timestamp: number,
  isReadCommitted: boolean,
): Promise<Found> {
  const { log, leaderEpoch } = partition
  const end = isReadCommitted ? partition.lastStableOffset : partition.highWatermark
  switch (timestamp) {
    case LATEST:
      return { offset: end, timestamp: -1, leaderEpoch }
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: log.logStart, timestamp: -1, leaderEpoch: log.epochAt(log.logStart) }
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return NOT_FOUND
    default: {
      const found =
        timestamp === MAX_TIMESTAMP
          ? await log.offsetOfMaxTimestamp()
          : await log.offsetForTimestamp(timestamp)
      if (found === null || found.offset >= end) return NOT_FOUND
      return { offset: found.offset, timestamp: found.timestampMs, leaderEpoch: found.leaderEpoch }
    }
  }
}
