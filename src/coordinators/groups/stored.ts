/**
 * What the log of one `__consumer_offsets` partition says: the fold over its records, and nothing else. Live and in replay it is changed only by
 * {@link StoredGroups.apply} and {@link StoredGroups.applyMarker}, on the bytes of the log.
 *
 * Rules: org.apache.kafka.coordinator.group.OffsetMetadataManager, GroupMetadataManager (`replay`).
 */
import type { LoggedRecord, TransactionMarker } from '../runtime/index.ts'
import { readKey, readOffsetCommit } from './records.ts'
import type { CommittedOffset } from './records.ts'

/** A committed offset and where in the log it was committed. */
export interface StoredOffset extends CommittedOffset {
  readonly recordOffset: number
}

/** group → topic → partition */
type OffsetMap = Map<string, Map<string, Map<number, StoredOffset>>>
export type TopicOffsets = ReadonlyMap<string, ReadonlyMap<number, StoredOffset>>

/** What {@link StoredGroups} lets others see. */
export interface StoredView {
  /** Value of the newest GroupMetadata record of each group, undecoded. */
  readonly metadata: ReadonlyMap<string, Buffer>
  readonly offsets: ReadonlyMap<string, TopicOffsets>
  /** Offsets of transactions that have not ended, by producer id. */
  readonly pending: ReadonlyMap<number, ReadonlyMap<string, TopicOffsets>>
}

export class StoredGroups implements StoredView {
  readonly metadata = new Map<string, Buffer>()
  readonly offsets: OffsetMap = new Map()
  readonly pending = new Map<number, OffsetMap>()

  /**
   * Unknown keys are passed over: they belong to group protocols that this coordinator does not serve.
   *
   * @returns the id of the group that the record deletes, or null
   */
  apply({ key, value, offset, transactionalProducerId }: LoggedRecord): string | null {
    const parsed = readKey(key)
    if (parsed === null) return null
    if (parsed.kind === 'group') {
      if (value === null) {
        this.metadata.delete(parsed.group)
        return parsed.group
      }
      // Copied: the buffer is a view on a whole batch.
      this.metadata.set(parsed.group, Buffer.from(value))
      return null
    }
    const { group, topic, partition } = parsed
    if (value === null) {
      remove(this.offsets, group, topic, partition)
      for (const offsets of this.pending.values()) remove(offsets, group, topic, partition)
      return null
    }
    const stored = { ...readOffsetCommit(value), recordOffset: offset }
    put(this.#target(transactionalProducerId), group, topic, partition, stored)
    return null
  }

  #target(producerId: number): OffsetMap {
    if (producerId === -1) return this.offsets
    let offsets = this.pending.get(producerId)
    if (offsets === undefined) this.pending.set(producerId, (offsets = new Map()))
    return offsets
  }

  /** A transaction has ended: its offsets count, unless a later commit is there already, or are forgotten. */
  applyMarker({ producerId, isCommit }: TransactionMarker): void {
    const ended = this.pending.get(producerId)
    if (ended === undefined) return
    this.pending.delete(producerId)
    if (!isCommit) return
    for (const [group, topics] of ended) {
      for (const [topic, partitions] of topics) {
        for (const [partition, stored] of partitions) {
          const known = this.offsets.get(group)?.get(topic)?.get(partition)
          if (known !== undefined && known.recordOffset > stored.recordOffset) continue
          put(this.offsets, group, topic, partition, stored)
        }
      }
    }
  }
}

function put(
  offsets: OffsetMap,
  group: string,
  topic: string,
  partition: number,
  stored: StoredOffset,
): void {
  let topics = offsets.get(group)
  if (topics === undefined) offsets.set(group, (topics = new Map()))
  let partitions = topics.get(topic)
  if (partitions === undefined) topics.set(topic, (partitions = new Map()))
  partitions.set(partition, stored)
}

function remove(offsets: OffsetMap, group: string, topic: string, partition: number): void {
  const topics = offsets.get(group)
  const partitions = topics?.get(topic)
  if (topics === undefined || partitions === undefined) return
  partitions.delete(partition)
  if (partitions.size === 0) topics.delete(topic)
  if (topics.size === 0) offsets.delete(group)
}

/** True while a transaction that has not ended holds an offset for the partition. */
export function isPending(
  stored: StoredView,
  group: string,
  topic: string,
  partition: number,
): boolean {
  for (const offsets of stored.pending.values()) {
    if (offsets.get(group)?.get(topic)?.has(partition) === true) return true
  }
  return false
}

/** True while a transaction that has not ended holds any offset for the group. */
export function hasOpenTransaction(stored: StoredView, group: string): boolean {
  for (const offsets of stored.pending.values()) if (offsets.has(group)) return true
  return false
}
