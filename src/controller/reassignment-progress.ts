/**
 * How far a reassignment is (PartitionReassignmentReplicas and PartitionReassignmentRevert in Apache Kafka, KIP-455). While it runs,
 * `replicas` are the targets in their order, then those that will go.
 */

/** The part of a partition that a reassignment concerns. */
export interface Assignment {
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

export function isReassigning({
  addingReplicas,
  removingReplicas,
}: Pick<Assignment, 'addingReplicas' | 'removingReplicas'>): boolean {
  return addingReplicas.length > 0 || removingReplicas.length > 0
}

/**
 * What the partition becomes when its reassignment can be completed now, else null. All added replicas must be in sync, and where the
 * replication factor shrinks every target must be, so that the partition does not lose safety by it (KAFKA-15665, KAFKA-19975).
 */
export function completedReassignment(
  partition: Assignment,
): Pick<Assignment, 'replicas' | 'isr'> | null {
  const { addingReplicas, removingReplicas } = partition
  if (!isReassigning(partition)) return null
  const isr = partition.isr.filter((id) => !removingReplicas.includes(id))
  const replicas = partition.replicas.filter((id) => !removingReplicas.includes(id))
  if (isr.length === 0 || replicas.length === 0) return null
  const isShrinking = removingReplicas.length > addingReplicas.length
  const needed = isShrinking ? replicas : addingReplicas
  return needed.every((id) => isr.includes(id)) ? { replicas, isr } : null
}

/**
 * Replicas and reassignment lists that begin a move to `target`. One that is under way is superseded: what it has added already and the
 * target wants still counts as added, so that completing waits for it and cancelling takes it away.
 */
export function beginReassignment(
  { replicas: current, addingReplicas: added }: Pick<Assignment, 'replicas' | 'addingReplicas'>,
  target: readonly number[],
): Pick<Assignment, 'replicas' | 'addingReplicas' | 'removingReplicas'> {
  const removingReplicas = ascending(current.filter((id) => !target.includes(id)))
  const isNew = (id: number): boolean => !current.includes(id) || added.includes(id)
  const addingReplicas = ascending(target.filter(isNew))
  return { replicas: [...target, ...removingReplicas], addingReplicas, removingReplicas }
}

/** What a partition goes back to when its reassignment is given up. */
export interface Reverted {
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Only added replicas were in sync: the first of the others is taken for in sync although it is not. */
  readonly unclean: boolean
}

export function revertedReassignment({ replicas, isr, addingReplicas }: Assignment): Reverted {
  const original = replicas.filter((id) => !addingReplicas.includes(id))
  const inSync = isr.filter((id) => !addingReplicas.includes(id))
  const unclean = inSync.length === 0
  return { replicas: original, isr: unclean ? original.slice(0, 1) : inSync, unclean }
}

function ascending(ids: readonly number[]): number[] {
  return [...ids].sort((a, b) => a - b)
}
