/** OffsetDelete (KIP-496), and offsets of topics that were deleted. Rules: org.apache.kafka.coordinator.group.OffsetMetadataManager. */
import { ZERO_UUID } from '../../base/index.ts'
import { errorCodes } from '../../protocol/index.ts'
import type { DeletingTopic, OffsetDeleteAnswer } from './api.ts'
import type { DeleteOffsetsEvent, TopicsDeletedEvent } from './events.ts'
import { isSubscribedTo, usesConsumerProtocol } from './group.ts'
import type { Group } from './group.ts'
import { offsetTombstone } from './records.ts'
import { findGroup } from './state.ts'
import type { GroupStep } from './state.ts'
import { isPending } from './stored.ts'

export function onDeleteOffsets(step: GroupStep, event: DeleteOffsetsEvent): void {
  const { request, groupId, topics } = event
  const group = findGroup(step, groupId)
  const errorCode = checkDeletion(group)
  const answer: OffsetDeleteAnswer = {
    errorCode,
    topics:
      group === null || errorCode !== 0
        ? []
        : topics.map((topic) => deleteFromTopic(step, group, topic)),
  }
  step.answerWhenCommitted(request, answer)
}

/** Of a group with members only the topics can be told apart that nobody reads, and only if it can be known. */
function checkDeletion(group: Group | null): number {
  if (group === null) return errorCodes.GROUP_ID_NOT_FOUND
  return group.state === 'Empty' || usesConsumerProtocol(group) ? 0 : errorCodes.NON_EMPTY_GROUP
}

function deleteFromTopic(step: GroupStep, group: Group, { name, partitions }: DeletingTopic) {
  const isRead = isSubscribedTo(group, name)
  return {
    name,
    partitions: partitions.map(({ partitionIndex, refusal }) => {
      if (refusal !== 0) return { partitionIndex, errorCode: refusal }
      if (isRead) return { partitionIndex, errorCode: errorCodes.GROUP_SUBSCRIBED_TO_TOPIC }
      deleteOffset(step, group.groupId, name, partitionIndex)
      return { partitionIndex, errorCode: 0 }
    }),
  }
}

/** Writes a tombstone where there is something to delete. */
function deleteOffset(step: GroupStep, groupId: string, topic: string, partition: number): void {
  const isStored = step.stored.offsets.get(groupId)?.get(topic)?.has(partition) === true
  if (!isStored && !isPending(step.stored, groupId, topic, partition)) return
  step.append(offsetTombstone(groupId, topic, partition))
}

/** Offsets of topics that are gone: a new topic of that name must not begin with them. */
export function onTopicsDeleted(step: GroupStep, { topics }: TopicsDeletedEvent): void {
  step.isDivisible = true
  const allOffsets = [step.stored.offsets, ...step.stored.pending.values()]
  for (const offsets of allOffsets) {
    for (const [groupId, byTopic] of offsets) {
      for (const { name, topicId } of topics) {
        for (const [partition, stored] of byTopic.get(name) ?? []) {
          const isOfDeleted = stored.topicId === ZERO_UUID || stored.topicId === topicId
          if (isOfDeleted) step.append(offsetTombstone(groupId, name, partition))
        }
      }
    }
  }
}
