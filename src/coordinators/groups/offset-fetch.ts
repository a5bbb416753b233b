/** OffsetFetch. Rules: org.apache.kafka.coordinator.group.OffsetMetadataManager (`fetchOffsets`, `fetchAllOffsets`). */
import { ZERO_UUID } from '../../base/index.ts'
import { errorCodes } from '../../protocol/index.ts'
import type { FetchedGroupAnswer, FetchedPartitionAnswer, FetchedTopicAnswer } from './api.ts'
import type { FetchEvent } from './events.ts'
import type { GroupStep } from './state.ts'
import { isPending } from './stored.ts'
import type { StoredOffset } from './stored.ts'

/** A group or partition without an offset is no error: consumers then begin where `auto.offset.reset` says. */
export function onFetch(step: GroupStep, event: FetchEvent): void {
  const { groupId } = event.group
  const answer: FetchedGroupAnswer = { groupId, topics: topicsOf(step, event) }
  step.answerWhenCommitted(event.request, answer)
}

function topicsOf(step: GroupStep, event: FetchEvent): FetchedTopicAnswer[] {
  const { groupId, topics } = event.group
  const offsets = step.stored.offsets.get(groupId)
  // Requests that want stable offsets are told to wait for the end of a transaction; others get what is known.
  const isUnstable = (topic: string, partition: number): boolean =>
    event.requireStable && isPending(step.stored, groupId, topic, partition)
  if (topics === null) {
    return [...(offsets ?? [])].map(([name, partitions]) => ({
      name,
      topicId: ZERO_UUID,
      partitions: [...partitions].map(([partition, stored]) =>
        isUnstable(name, partition) ? unstable(partition) : answerOf(partition, stored),
      ),
    }))
  }
  return topics.map(({ name, topicId, partitionIndexes, refusal }) => ({
    name,
    topicId,
    partitions: partitionIndexes.map((partition) => {
      if (refusal !== 0) return missing(partition, refusal)
      if (isUnstable(name, partition)) return unstable(partition)
      const stored = offsets?.get(name)?.get(partition)
      const isOfThisTopic = stored !== undefined && isSameTopic(stored.topicId, topicId)
      return isOfThisTopic ? answerOf(partition, stored) : missing(partition, 0)
    }),
  }))
}

/** An offset committed for a topic of the same name that was deleted since is none; where an id is unknown the name decides. */
function isSameTopic(storedId: string, askedId: string): boolean {
  return storedId === askedId || storedId === ZERO_UUID || askedId === ZERO_UUID
}

function answerOf(partitionIndex: number, stored: StoredOffset): FetchedPartitionAnswer {
  const { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata } = stored
  return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode: 0 }
}

function missing(partitionIndex: number, errorCode: number): FetchedPartitionAnswer {
  return { partitionIndex, committedOffset: -1, metadata: '', errorCode }
}

function unstable(partitionIndex: number): FetchedPartitionAnswer {
  return missing(partitionIndex, errorCodes.UNSTABLE_OFFSET_COMMIT)
}
