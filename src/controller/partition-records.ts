/** Replicas of new partitions: explicit assignments, placement, and the records that create them. */
import type { Uuid } from '../base/index.ts'
import { partitionRecord } from '../metadata/index.ts'
import type { BrokerImage, ClusterImage, MetadataRecord } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { ApiError } from './decision.ts'
import { placeReplicas } from './placement.ts'
import type { UsableBroker } from './placement.ts'
import { defaultDirectory } from './topic-rules.ts'

/** One list of broker ids per partition, preferred leader first; or the refusal. */
export type Assignments =
  | { readonly ok: true; readonly assignments: readonly (readonly number[])[] }
  | { readonly ok: false; readonly error: ApiError }

function refuse(code: number, message: string): Assignments {
  return { ok: false, error: { code, message } }
}

/** Lets the placement choose. Refused with INVALID_REPLICATION_FACTOR where it cannot. */
export function placeAssignments(
  cluster: ClusterImage,
  partitionCount: number,
  replicationFactor: number,
  random: () => number,
): Assignments {
  const brokers: UsableBroker[] = [...cluster.brokers.values()]
    .filter(takesReplicas)
    .map(({ id, rack, fenced }) => ({ id, rack, fenced }))
  const placement = placeReplicas(brokers, partitionCount, replicationFactor, random)
  if (placement.ok) return placement
  return refuse(
    errorCodes.INVALID_REPLICATION_FACTOR,
    `Unable to replicate the partition ${replicationFactor} time(s): ${placement.message}`,
  )
}

/** Not while it hands over, nor when all its directories are cordoned. One that is fenced may come back. */
function takesReplicas({
  fenced,
  inControlledShutdown,
  directories,
  cordonedDirectories,
}: BrokerImage): boolean {
  if (inControlledShutdown && !fenced) return false
  const isCordoned = (id: Uuid): boolean => cordonedDirectories?.includes(id) === true
  return directories.length === 0 || !directories.every(isCordoned)
}

/**
 * Checks an assignment that the client chose: known brokers, none twice, one length for all, an active broker in each.
 *
 * @param firstIndex number of the first partition, for the message
 * @param replicationFactor that the topic has already; undefined: that of the first list
 */
export function checkAssignments(
  cluster: ClusterImage,
  assignments: readonly (readonly number[])[],
  firstIndex: number,
  replicationFactor = assignments[0]?.length ?? 0,
): Assignments {
  for (const [i, brokerIds] of assignments.entries()) {
    const problem = assignmentProblem(cluster, brokerIds, replicationFactor)
    if (problem !== null) {
      return refuse(
        errorCodes.INVALID_REPLICA_ASSIGNMENT,
        `The manual assignment of partition ${firstIndex + i} ${problem}.`,
      )
    }
  }
  return { ok: true, assignments }
}

function assignmentProblem(
  cluster: ClusterImage,
  brokerIds: readonly number[],
  replicationFactor: number,
): string | null {
  if (brokerIds.length === 0) return 'has an empty replica list'
  const unknown = brokerIds.find((id) => cluster.broker(id) === undefined)
  if (unknown !== undefined) return `names broker ${unknown}, which is not registered`
  const twice = brokerIds.find((id, i) => brokerIds.indexOf(id) !== i)
  if (twice !== undefined) return `names broker ${twice} more than once`
  if (brokerIds.length !== replicationFactor) {
    return `has ${brokerIds.length} replica(s), but other partitions have ${replicationFactor}`
  }
  if (!brokerIds.some((id) => cluster.isActive(id))) {
    return 'names only brokers that are fenced or in controlled shutdown'
  }
  return null
}

/** The record of a new partition: every active replica is in sync, the first of them leads. */
export function newPartition(
  cluster: ClusterImage,
  topicId: Uuid,
  partitionId: number,
  replicas: readonly number[],
): MetadataRecord {
  const isr = replicas.filter((id) => cluster.isActive(id))
  return partitionRecord(topicId, {
    index: partitionId,
    replicas,
    directories: replicas.map((id) => defaultDirectory(cluster, id)),
    isr,
    addingReplicas: [],
    removingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader: isr[0] ?? -1,
    leaderRecovering: false,
    leaderEpoch: 0,
    partitionEpoch: 0,
  })
}
