/**
 * ListOffsets (2): offsets by time, and the special timestamps (KIP-79, KIP-734, KIP-405).
 */
import { errorCodes, ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/index.ts'
import type { Partition } from '../../replication/index.ts'
import { LogError } from '../../log/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import type { Broker } from '../services.ts'
import { defineHandler } from '../handler.ts'
import { Pace } from '../turns.ts'
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
const CONSUMER = -1

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
  async handle(broker, request, { apiVersion, turns }) {
    const pace = new Pace(turns)
    const topics: Draft<typeof ListOffsetsResponse>['topics'][number][] = []
    const answered = new Set<string>()
    for (const { name, partitions } of request.topics) {
      const answers = await pace.map(partitions, (asked) => {
        const { partitionIndex } = asked
        // A search of the log for each, so none twice: Kafka refuses those, too.
        const key = `${name}/${partitionIndex}`
        if (answered.has(key)) return { partitionIndex, errorCode: errorCodes.INVALID_REQUEST }
        answered.add(key)
        return answerFor(broker, request, apiVersion, name, asked)
      })
      topics.push({ name, partitions: answers })
    }
    return { topics }
  },
})

function answerFor(
  broker: Broker,
  request: Request,
  apiVersion: number,
  name: string,
  asked: Asked,
): Answer | Promise<Answer> {
  const { partitionIndex, timestamp } = asked
  if (timestamp < 0 && apiVersion < (SPECIAL_SINCE.get(timestamp) ?? Infinity)) {
    return { partitionIndex, errorCode: errorCodes.UNSUPPORTED_VERSION }
  }
  const found = findPartition(broker, { name }, partitionIndex)
  if (typeof found === 'number') return { partitionIndex, errorCode: found }
  const fenced = found.checkEpoch(asked.currentLeaderEpoch)
  if (fenced !== 0) return { partitionIndex, errorCode: fenced }
  const view = viewOf(request)
  if (view !== 'replica' && timestamp !== EARLIEST && timestamp !== EARLIEST_LOCAL) {
    const { recovering } = found
    if (recovering !== null) {
      // What the last leader has acknowledged is not known yet. Alone, this node knows soon: when what it recovered is flushed.
      const isAlone = found.leader?.state.followers.length === 0
      if (!isAlone) return { partitionIndex, errorCode: errorCodes.OFFSET_NOT_AVAILABLE }
      return recovering.then(() => answerFor(broker, request, apiVersion, name, asked))
    }
  }
  const failed = (error: unknown): Answer => {
    if (!(error instanceof LogError)) throw error
    return { partitionIndex, errorCode: errorCodes.KAFKA_STORAGE_ERROR }
  }
  try {
    const special = specialOffset(found, timestamp, view)
    if (special !== null) return { partitionIndex, errorCode: 0, ...special }
  } catch (error) {
    return failed(error)
  }
  return search(found, timestamp, view).then(
    (result): Answer => ({ partitionIndex, errorCode: 0, ...result }),
    failed,
  )
}

/** How far who asks can see: a consumer by its isolation level, a follower to the log end. */
type View = 'committed' | 'uncommitted' | 'replica'

function viewOf({ replicaId, isolationLevel }: Request): View {
  if (replicaId !== CONSUMER) return 'replica'
  return isolationLevel === READ_COMMITTED ? 'committed' : 'uncommitted'
}

interface Found {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

const NOT_FOUND: Found = { offset: -1, timestamp: -1, leaderEpoch: -1 }

/** What needs no search; null: the timestamp does. */
function specialOffset(partition: Partition, timestamp: number, view: View): Found | null {
  const { log, leaderEpoch } = partition
  switch (timestamp) {
    case LATEST:
      return { offset: endOf(partition, view), timestamp: -1, leaderEpoch }
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: log.logStart, timestamp: -1, leaderEpoch: log.epochAt(log.logStart) }
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return NOT_FOUND
    default:
      return null
  }
}

function endOf(partition: Partition, view: View): number {
  switch (view) {
    case 'committed':
      return partition.lastStableOffset
    case 'uncommitted':
      return partition.highWatermark
    case 'replica':
      return partition.log.logEnd
  }
}

async function search(partition: Partition, timestamp: number, view: View): Promise<Found> {
  const { log } = partition
  const found =
    timestamp === MAX_TIMESTAMP
      ? await log.offsetOfMaxTimestamp()
      : await log.offsetForTimestamp(timestamp)
  if (found === null || found.offset >= endOf(partition, view)) return NOT_FOUND
  return { offset: found.offset, timestamp: found.timestampMs, leaderEpoch: found.leaderEpoch }
}
