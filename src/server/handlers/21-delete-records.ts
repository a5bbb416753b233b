/**
 * DeleteRecords (21): moves the log start; the space comes back when whole segments lie below it (KIP-107).
 */
import { LogError } from '../../log/index.ts'
import { DeleteRecordsRequest, DeleteRecordsResponse, errorCodes } from '../../protocol/index.ts'
import type { Partition } from '../../replication/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import type { Broker } from '../services.ts'
import { defineHandler } from '../handler.ts'
import { Pace } from '../turns.ts'
import { findPartition, isInternalTopic } from '../topic-lookup.ts'

type Request = Decoded<typeof DeleteRecordsRequest>
type Answer = Draft<typeof DeleteRecordsResponse>['topics'][number]['partitions'][number]

const HIGH_WATERMARK = -1

export const deleteRecords = defineHandler(DeleteRecordsRequest, DeleteRecordsResponse, {
  async handle(broker, request, { turns }) {
    const pace = new Pace(turns)
    const topics: Draft<typeof DeleteRecordsResponse>['topics'][number][] = []
    for (const [name, offsets] of offsetsByTopic(request)) {
      const partitions = await pace.map([...offsets], ([partitionIndex, offset]) =>
        deleteUpTo(broker, name, partitionIndex, offset),
      )
      topics.push({ name, partitions })
    }
    return { topics }
  },
})

/** Topic → partition → offset. As in Kafka, the last mention of a partition counts: each is a write to the disk. */
function offsetsByTopic({ topics }: Request): Map<string, Map<number, number>> {
  const byTopic = new Map<string, Map<number, number>>()
  for (const { name, partitions } of topics) {
    const offsets = byTopic.get(name) ?? new Map<number, number>()
    for (const { partitionIndex, offset } of partitions) offsets.set(partitionIndex, offset)
    byTopic.set(name, offsets)
  }
  return byTopic
}

function deleteUpTo(
  broker: Broker,
  name: string,
  partitionIndex: number,
  offset: number,
): Answer | Promise<Answer> {
  const refuse = (errorCode: number): Answer => ({ partitionIndex, lowWatermark: -1, errorCode })
  if (isInternalTopic(name)) return refuse(errorCodes.INVALID_TOPIC_EXCEPTION)
  const found = findPartition(broker, { name }, partitionIndex)
  if (typeof found === 'number') return refuse(found)
  if (!found.log.config.cleanupDelete) return refuse(errorCodes.POLICY_VIOLATION)
  const target = offset === HIGH_WATERMARK ? found.highWatermark : offset
  if (target < 0 || target > found.highWatermark) return refuse(errorCodes.OFFSET_OUT_OF_RANGE)
  return moveLogStart(found, target).then(
    (lowWatermark): Answer => ({ partitionIndex, lowWatermark, errorCode: 0 }),
    (error: unknown) => {
      if (error instanceof LogError) return refuse(errorCodes.KAFKA_STORAGE_ERROR)
      throw error
    },
  )
}

/** A log that was closed throws at once; here everything rejects. */
async function moveLogStart(partition: Partition, offset: number): Promise<number> {
  return partition.log.deleteRecordsBefore(offset)
}
