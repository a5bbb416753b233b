import { ZERO_UUID } from '../../base/index.ts'
import type { Uuid } from '../../base/index.ts'
import { inconsistent } from '../error.ts'
import type { RecordValue } from '../records/record.ts'

/** Everything the cluster has agreed on about one partition. */
export interface PartitionImage {
  /** Number of the partition within its topic. */
  readonly index: number
  /** Broker ids; the preferred leader comes first. */
  readonly replicas: readonly number[]
  /** The log directory of each replica, in the order of `replicas`. See {@link directoryIds}. */
  readonly directories: readonly Uuid[]
  readonly isr: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
  /** Replicas outside the ISR that hold everything committed (KIP-966). */
  readonly elr: readonly number[]
  /** The last leader, remembered when ISR and ELR ran empty. */
  readonly lastKnownElr: readonly number[]
  /** Broker id, or -1: nobody leads. */
  readonly leader: number
  /** True while the leader still recovers from an unclean election. */
  readonly leaderRecovering: boolean
  /** Grows with every change of the leader. */
  readonly leaderEpoch: number
  /** Grows with every change of anything. */
  readonly partitionEpoch: number
}

/** Reserved directory ids (DirectoryId in Apache Kafka). */
export const directoryIds = {
  /** Written before directories were recorded: any directory of the broker. Counts as online. */
  MIGRATING: ZERO_UUID,
  /** Not chosen yet. Counts as online. */
  UNASSIGNED: 'AAAAAAAAAAAAAAAAAAAAAQ',
  /** The broker lost the directory. Counts as offline. */
  LOST: 'AAAAAAAAAAAAAAAAAAAAAg',
} as const

const NO_LEADER_CHANGE = -2

/** Shared by all partitions that have none of something, which is nearly all of them. */
const NONE: readonly number[] = []

function orNone(ids: readonly number[] | null): readonly number[] {
  return ids === null || ids.length === 0 ? NONE : compact(ids)
}

function changed(to: readonly number[] | null, from: readonly number[]): readonly number[] {
  return to === null ? from : orNone(to)
}

/** A copy without spare room: lists grown by decoding keep place for many more elements than they have. */
function compact<T>(items: readonly T[]): readonly T[] {
  return items.slice()
}

export function partitionFromRecord(value: RecordValue<'partition'>): PartitionImage {
  const replicas = compact(value.replicas)
  return {
    index: value.partitionId,
    replicas,
    directories: directoriesFor(value.directories, replicas.length),
    isr: sameIds(value.isr, replicas) ? replicas : compact(value.isr),
    addingReplicas: orNone(value.addingReplicas),
    removingReplicas: orNone(value.removingReplicas),
    elr: orNone(value.eligibleLeaderReplicas),
    lastKnownElr: orNone(value.lastKnownElr),
    leader: value.leader,
    leaderRecovering: value.leaderRecoveryState === 1,
    leaderEpoch: value.leaderEpoch,
    partitionEpoch: value.partitionEpoch,
  }
}

/** The partition after a change record (PartitionRegistration.merge in Apache Kafka). */
export function changedPartition(
  before: PartitionImage,
  value: RecordValue<'partitionChange'>,
): PartitionImage {
  const replicas = changed(value.replicas, before.replicas)
  const leaderChanges = value.leader !== NO_LEADER_CHANGE
  return {
    index: before.index,
    replicas,
    directories: directoriesFor(value.directories ?? before.directories, replicas.length),
    isr: changed(value.isr, before.isr),
    addingReplicas: changed(value.addingReplicas, before.addingReplicas),
    removingReplicas: changed(value.removingReplicas, before.removingReplicas),
    elr: changed(value.eligibleLeaderReplicas, before.elr),
    lastKnownElr: changed(value.lastKnownElr, before.lastKnownElr),
    leader: leaderChanges ? value.leader : before.leader,
    leaderRecovering:
      value.leaderRecoveryState < 0 ? before.leaderRecovering : value.leaderRecoveryState === 1,
    leaderEpoch: leaderChanges ? before.leaderEpoch + 1 : before.leaderEpoch,
    partitionEpoch: before.partitionEpoch + 1,
  }
}

/** The partition without eligible leader replicas, or itself if it has none. */
export function withoutElr(before: PartitionImage): PartitionImage {
  if (before.elr.length === 0 && before.lastKnownElr.length === 0) return before
  return { ...before, elr: NONE, lastKnownElr: NONE, partitionEpoch: before.partitionEpoch + 1 }
}

/** One directory per replica: records older than metadata.version 17 name none. */
function directoriesFor(directories: readonly Uuid[], replicaCount: number): readonly Uuid[] {
  if (directories.every((id) => id === directoryIds.MIGRATING)) {
    return Array.from({ length: replicaCount }, () => directoryIds.MIGRATING)
  }
  if (directories.length !== replicaCount) {
    throw inconsistent(
      'change the replicas of a partition',
      `${directories.length} log directories for ${replicaCount} replicas`,
    )
  }
  return compact(directories)
}

function sameIds(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i])
}
