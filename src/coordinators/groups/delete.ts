/** DeleteGroups (KIP-229). Rules: org.apache.kafka.coordinator.group.GroupCoordinatorShard (`deleteGroups`). */
import { errorCodes } from '../../protocol/index.ts'
import type { DeletedGroup } from './api.ts'
import type { DeleteEvent } from './events.ts'
import { groupTombstone, offsetTombstone } from './records.ts'
import { findGroup } from './state.ts'
import type { GroupStep } from './state.ts'

export function onDelete(step: GroupStep, { request, groupIds }: DeleteEvent): void {
  // A group's own record goes last: what a failure in between leaves is still a group.
  step.isDivisible = true
  const results: DeletedGroup[] = groupIds.map((groupId) => ({
    groupId,
    errorCode: deleteGroup(step, groupId),
  }))
  step.answerWhenCommitted(request, results)
}

function deleteGroup(step: GroupStep, groupId: string): number {
  const group = findGroup(step, groupId)
  if (group === null) return errorCodes.GROUP_ID_NOT_FOUND
  if (group.state !== 'Empty') return errorCodes.NON_EMPTY_GROUP
  const { offsets, pending } = step.stored
  const partitions = new Map<string, Set<number>>()
  for (const stored of [offsets, ...pending.values()]) {
    for (const [topic, byPartition] of stored.get(groupId) ?? []) {
      const seen = partitions.get(topic) ?? new Set()
      for (const partition of byPartition.keys()) seen.add(partition)
      partitions.set(topic, seen)
    }
  }
  for (const [topic, indexes] of partitions) {
    for (const partition of indexes) step.append(offsetTombstone(groupId, topic, partition))
  }
  step.append(groupTombstone(groupId))
  return 0
}
