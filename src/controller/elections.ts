/**
 * Which replica leads a partition (PartitionChangeBuilder in Apache Kafka, KIP-966). A replica is *valid* if it can lead and is in sync,
 * or, where nobody is in sync, eligible. If there is none, the last leader that is remembered may do, and last, where it is allowed, any
 * replica that can lead: both are unclean, because records may be lost.
 */
import { directoryIds } from '../metadata/index.ts'
import type { ClusterImage, PartitionImage } from '../metadata/index.ts'

/**
 * `preferred`: the first replica if it is valid. `online`: the present leader as long as it is valid. `unclean`: like `online`, and the
 * partition gets a leader even if records are lost.
 */
export type ElectionKind = 'preferred' | 'online' | 'unclean'

export interface Elected {
  /** -1: nobody may lead. */
  readonly leader: number
  readonly unclean: boolean
}

interface ElectionRules {
  readonly hasElr: boolean
  readonly election: ElectionKind
  readonly canLead: (partition: PartitionImage, brokerId: number) => boolean
}

/** @param isr in-sync replicas after the change that asks for the election; `elr` likewise */
export function electLeader(
  partition: PartitionImage,
  replicas: readonly number[],
  isr: readonly number[],
  elr: readonly number[],
  rules: ElectionRules,
): Elected {
  const { hasElr, election } = rules
  const canLead = (id: number): boolean => rules.canLead(partition, id)
  const candidates = isr.length > 0 ? isr : elr
  const isValid = (id: number): boolean => candidates.includes(id) && canLead(id)
  const present = isValid(partition.leader) ? partition.leader : undefined
  const preferred = election === 'preferred' ? replicas[0] : undefined
  const clean =
    (preferred !== undefined && isValid(preferred) ? preferred : undefined) ??
    present ??
    replicas.find(isValid)
  if (clean !== undefined) return { leader: clean, unclean: false }
  const [lastLeader, ...others] = partition.lastKnownElr
  const isRemembered = hasElr && isr.length + elr.length === 0 && others.length === 0
  const remembered = isRemembered ? replicas.find((id) => id === lastLeader) : undefined
  if (remembered !== undefined && canLead(remembered)) return { leader: remembered, unclean: true }
  const any = election === 'unclean' ? replicas.find(canLead) : undefined
  return any === undefined ? { leader: -1, unclean: false } : { leader: any, unclean: true }
}

/** The log directory that holds the replica is online, as far as the controller was told. */
export function isDirectoryOnline(
  cluster: ClusterImage,
  { replicas, directories }: PartitionImage,
  brokerId: number,
): boolean {
  const directory = directories[replicas.indexOf(brokerId)]
  if (directory === undefined || directory === directoryIds.LOST) return false
  if (directory === directoryIds.MIGRATING || directory === directoryIds.UNASSIGNED) return true
  return cluster.broker(brokerId)?.directories.includes(directory) === true
}
