/**
 * One partition's next state, as the record that leads to it (PartitionChangeBuilder in Apache Kafka; KIP-455, KIP-858, KIP-966): what the
 * caller wants changed, what follows from it for the reassignment, the eligible leader replicas, the leader and both epochs.
 */
import type { Uuid } from '../base/index.ts'
import { metadataRecord } from '../metadata/index.ts'
import type { MetadataRecord, PartitionImage } from '../metadata/index.ts'
import { electLeader } from './elections.ts'
import type { ElectionKind } from './elections.ts'
import { completedReassignment } from './reassignment-progress.ts'

/** What the caller wants; what is left out stays. */
export interface PartitionTarget {
  readonly isr?: readonly number[]
  readonly replicas?: readonly number[]
  readonly addingReplicas?: readonly number[]
  readonly removingReplicas?: readonly number[]
  readonly leaderRecovering?: boolean
  /** Log directory by broker, where it differs from what is recorded. */
  readonly directories?: ReadonlyMap<number, Uuid>
  /** A broker that stopped uncleanly: it may lack records, so it is not eligible. */
  readonly uncleanShutdown?: number
}

/** What holds for all partitions of a topic, and for the cluster as it is now. */
export interface PartitionRules {
  readonly metadataVersion: number
  /** `eligible.leader.replicas.version` is finalized. */
  readonly hasElr: boolean
  /** `min.insync.replicas`, at most the replication factor. */
  readonly minInSyncReplicas: number
  readonly election: ElectionKind
  /** The broker is active and the replica's directory is online. */
  readonly canLead: (partition: PartitionImage, brokerId: number) => boolean
  /** Where a new replica goes when nobody has chosen. */
  readonly defaultDirectory: (brokerId: number) => Uuid
}

type Change = Omit<Parameters<typeof metadataRecord<'partitionChange'>>[1], 'topicId'>

/** Up to 3.5, brokers needed a new leader epoch when the ISR shrank (KAFKA-15021). */
const NO_EPOCH_FOR_SHRINK_SINCE = 12
const DIRECTORIES_SINCE = 17

/** Null: nothing changes. */
export function changePartition(
  topicId: Uuid,
  before: PartitionImage,
  target: PartitionTarget,
  rules: PartitionRules,
): MetadataRecord | null {
  const wanted = withReassignment(before, target)
  const elr = nextElr(before, wanted, target, rules)
  const elected = electLeader(
    withDirectories(before, target),
    wanted.replicas,
    wanted.isr,
    elr,
    rules,
  )
  const isElected = elected.leader !== before.leader
  const outcome = isElected
    ? afterElection(elected, wanted.isr, elr, rules)
    : { isr: wanted.isr, elr }
  // Without eligible replicas an ISR never runs empty: its last members are the only ones that may lead again.
  const mayBeEmpty = rules.hasElr || outcome.isr.length > 0
  const isrChanges = mayBeEmpty && !sameIds(outcome.isr, before.isr)
  const isr = isrChanges ? outcome.isr : null
  const isShrunk = isr !== null && !before.isr.every((id) => isr.includes(id))
  const needsEpoch =
    !before.replicas.every((id) => wanted.replicas.includes(id)) ||
    (isShrunk && rules.metadataVersion < NO_EPOCH_FOR_SHRINK_SINCE)
  // Naming a leader raises the leader epoch.
  const namedLeader = isElected || needsEpoch ? elected.leader : null
  const change: Change = {
    ...assignmentChanges(before, wanted, target, rules),
    ...(namedLeader === null ? {} : { leader: namedLeader }),
    ...(isr === null ? {} : { isr }),
    ...(sameIds(outcome.elr, before.elr) ? {} : { eligibleLeaderReplicas: outcome.elr }),
    ...lastLeaderChange(before, namedLeader, rules),
    ...recoveryChange(before, target, isElected && elected.unclean),
  }
  if (Object.keys(change).length === 0) return null
  return metadataRecord('partitionChange', { topicId, partitionId: before.index, ...change })
}

/** Where its replicas lie after the change: the election goes by that. Replicas to come have nothing to lead with. */
function withDirectories(before: PartitionImage, { directories }: PartitionTarget): PartitionImage {
  if (directories === undefined) return before
  const moved = before.replicas.map((id, i) => directories.get(id) ?? before.directories[i] ?? '')
  return { ...before, directories: moved }
}

interface Wanted {
  readonly isr: readonly number[]
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

function withReassignment(before: PartitionImage, target: PartitionTarget): Wanted {
  const { isr, replicas, addingReplicas, removingReplicas } = { ...before, ...target }
  const wanted = { isr, replicas, addingReplicas, removingReplicas }
  const completed = completedReassignment(wanted)
  return completed === null ? wanted : { ...completed, addingReplicas: [], removingReplicas: [] }
}

/**
 * While fewer than min.insync.replicas are in sync, those who leave the ISR stay eligible: nothing can be committed without them
 * (KIP-966). One that stopped uncleanly is not. Where the feature was turned off, those who are eligible stay so until somebody is in sync.
 */
function nextElr(
  before: PartitionImage,
  { isr, replicas }: Wanted,
  { uncleanShutdown }: PartitionTarget,
  { hasElr, minInSyncReplicas }: PartitionRules,
): readonly number[] {
  if (isr.length >= (hasElr ? minInSyncReplicas : 1)) return []
  const candidates = new Set([...before.elr, ...(hasElr ? before.isr : [])])
  return [...candidates].filter(
    (id) => replicas.includes(id) && !isr.includes(id) && id !== uncleanShutdown,
  )
}

/** A leader from outside the ISR is alone in sync; after an unclean election nobody is eligible any more. */
function afterElection(
  { leader, unclean }: { readonly leader: number; readonly unclean: boolean },
  isr: readonly number[],
  elr: readonly number[],
  { hasElr }: PartitionRules,
): { readonly isr: readonly number[]; readonly elr: readonly number[] } {
  if (unclean) return { isr: [leader], elr: [] }
  if (elr.includes(leader)) {
    return { isr: [leader], elr: hasElr ? elr.filter((id) => id !== leader) : [] }
  }
  return { isr, elr }
}

/** The last leader is remembered when nobody leads any more, and forgotten when there is a leader again. */
function lastLeaderChange(
  before: PartitionImage,
  namedLeader: number | null,
  { hasElr }: PartitionRules,
): Change {
  if (!hasElr || namedLeader === null) return {}
  const isKnown = before.lastKnownElr.length > 0
  if (namedLeader < 0) return isKnown || before.leader < 0 ? {} : { lastKnownElr: [before.leader] }
  return isKnown ? { lastKnownElr: [] } : {}
}

function recoveryChange(
  before: PartitionImage,
  { leaderRecovering = before.leaderRecovering }: PartitionTarget,
  isUnclean: boolean,
): Change {
  const after = isUnclean || leaderRecovering
  return after === before.leaderRecovering ? {} : { leaderRecoveryState: after ? 1 : 0 }
}

function assignmentChanges(
  before: PartitionImage,
  wanted: Wanted,
  { directories }: PartitionTarget,
  { metadataVersion, defaultDirectory }: PartitionRules,
): Change {
  const { replicas, addingReplicas, removingReplicas } = wanted
  const recorded = new Map(before.replicas.map((id, i) => [id, before.directories[i]]))
  const after = replicas.map(
    (id) => directories?.get(id) ?? recorded.get(id) ?? defaultDirectory(id),
  )
  const areRecorded = metadataVersion >= DIRECTORIES_SINCE
  return {
    ...(areRecorded && !sameIds(after, before.directories) ? { directories: after } : {}),
    ...(sameIds(replicas, before.replicas) ? {} : { replicas }),
    ...(sameIds(removingReplicas, before.removingReplicas) ? {} : { removingReplicas }),
    ...(sameIds(addingReplicas, before.addingReplicas) ? {} : { addingReplicas }),
  }
}

function sameIds(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i])
}
