/**
 * Offsets that nobody has needed for `offsets.retention.minutes` are deleted, and groups that have neither members nor offsets.
 *
 * Rules: KIP-211; org.apache.kafka.coordinator.group.GroupCoordinatorShard (`cleanupGroupMetadata`), ClassicGroup (`offsetExpirationCondition`).
 */
import { isSubscribedTo, usesConsumerProtocol } from './group.ts'
import type { Group } from './group.ts'
import { groupTombstone, offsetTombstone } from './records.ts'
import { findGroup, groupIds } from './state.ts'
import type { GroupStep } from './state.ts'
import { hasOpenTransaction, isPending } from './stored.ts'
import type { StoredOffset } from './stored.ts'

export function onExpireOffsets(step: GroupStep): void {
  step.isDivisible = true
  for (const groupId of groupIds(step)) {
    const group = findGroup(step, groupId)
    if (group === null || !expireOffsets(step, group) || group.state !== 'Empty') continue
    step.append(groupTombstone(groupId))
  }
  if (step.records.length > 0) {
    const message = `Deleted ${step.records.length} expired offsets and empty groups`
    step.note('info', 'group.offsets.expired', message, { count: step.records.length })
  }
  scheduleExpiry(step)
}

/** Sets the time of the next look. */
export function scheduleExpiry(step: GroupStep): void {
  step.schedule('expiry', step.config.offsetsRetentionCheckIntervalMs, { kind: 'expireOffsets' })
}

/** @returns true when the group has no offset left */
function expireOffsets(step: GroupStep, group: Group): boolean {
  const { groupId } = group
  const offsets = step.stored.offsets.get(groupId)
  const isInTransaction = hasOpenTransaction(step.stored, groupId)
  if (offsets === undefined) return !isInTransaction
  const sinceMs = retentionStart(group)
  if (sinceMs === null) return false
  let isEmptied = true
  for (const [topic, partitions] of offsets) {
    const isRead = isSubscribedTo(group, topic)
    for (const [partition, stored] of partitions) {
      const mayExpire = !isRead && !isPending(step.stored, groupId, topic, partition)
      if (mayExpire && isExpired(step, stored, sinceMs(stored))) {
        step.append(offsetTombstone(groupId, topic, partition))
      } else isEmptied = false
    }
  }
  return isEmptied && !isInTransaction
}

/** From when on an offset's retention counts; null: not at all for the time being. */
function retentionStart(group: Group): ((stored: StoredOffset) => number) | null {
  const sinceCommit = (stored: StoredOffset): number => stored.commitTimestampMs
  // Somebody who only stores offsets: since the last commit.
  if (group.protocolType === null) return sinceCommit
  // A group that has lost its members: since then. Old records do not say when that was.
  const { stateSinceMs } = group
  if (group.state === 'Empty') return stateSinceMs === null ? sinceCommit : () => stateSinceMs
  // Consumers at work: offsets of topics that they have ceased to read.
  const knowsTopics = usesConsumerProtocol(group) && group.subscribedTopics !== null
  return group.state === 'Stable' && knowsTopics ? sinceCommit : null
}

function isExpired(step: GroupStep, stored: StoredOffset, sinceMs: number): boolean {
  if (stored.expireTimestampMs !== -1) return step.nowMs >= stored.expireTimestampMs
  return step.nowMs - sinceMs >= step.config.offsetsRetentionMs
}
