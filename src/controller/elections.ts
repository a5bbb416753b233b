/**
 * Which replica may lead a partition that has no leader, and how the partition changes with it (PartitionChangeBuilder in Apache Kafka,
 * the ONLINE election of KIP-966): the first in replica order that is in sync; if nobody is in sync, the first that is eligible; if nobody
 * is eligible either, the last leader that is remembered, which counts as unclean.
 */
import type { Uuid } from '../base/index.ts'
import { directoryIds, metadataRecord } from '../metadata/index.ts'
import type { ClusterImage, MetadataRecord, PartitionImage } from '../metadata/index.ts'

/** The change that gives the partition a leader, or null when no replica may lead. */
export function electLeader(
  cluster: ClusterImage,
  topicId: Uuid,
  partition: PartitionImage,
): MetadataRecord | null {
  const { isr, elr, lastKnownElr, replicas } = partition
  const isAcceptable = (id: number): boolean => canLead(cluster, partition, id)
  const candidates = isr.length > 0 ? isr : elr
  const clean = replicas.find((id) => candidates.includes(id) && isAcceptable(id))
  const lastLeader = isr.length + elr.length === 0 ? lastKnownElr[0] : undefined
  const unclean =
    lastKnownElr.length === 1 && lastLeader !== undefined && isAcceptable(lastLeader)
      ? lastLeader
      : undefined
  const leader = clean ?? unclean
  if (leader === undefined) return null
  return metadataRecord('partitionChange', {
    topicId,
    partitionId: partition.index,
    leader,
    isr: isr.length > 0 ? null : [leader],
    leaderRecoveryState: clean === undefined ? 1 : -1,
    eligibleLeaderReplicas:
      isr.length > 0 || elr.length === 0 ? null : elr.filter((id) => id !== leader),
    lastKnownElr: lastKnownElr.length > 0 ? [] : null,
  })
}

/** Active, and the log directory that holds the replica is online. */
function canLead(
  cluster: ClusterImage,
  { replicas, directories }: PartitionImage,
  brokerId: number,
): boolean {
  if (!cluster.isActive(brokerId)) return false
  const directory = directories[replicas.indexOf(brokerId)]
  if (directory === undefined || directory === directoryIds.LOST) return false
  if (directory === directoryIds.MIGRATING || directory === directoryIds.UNASSIGNED) return true
  return cluster.broker(brokerId)?.directories.includes(directory) === true
}
