/** Who reads what: topic by topic, members in order get neighbouring partitions (org.apache.kafka.clients.consumer.RangeAssignor). */

export interface Subscriber {
  readonly memberId: string
  /** Of a static member; takes the place of the member id in the order. */
  readonly instanceId: string | null
  readonly topics: readonly string[]
}

export interface AssignedTopic {
  readonly topic: string
  readonly partitions: readonly number[]
}

/**
 * The partitions of each member, by member id; every member is in it.
 *
 * @param partitionCounts by topic; a topic that is not in it is given to nobody
 */
export function assignRange(
  subscribers: readonly Subscriber[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, AssignedTopic[]> {
  const assigned = new Map<string, AssignedTopic[]>(
    subscribers.map(({ memberId }) => [memberId, []]),
  )
  const topics = new Set(subscribers.flatMap(({ topics }) => topics))
  for (const topic of [...topics].sort()) {
    const count = partitionCounts.get(topic) ?? 0
    const members = subscribers.filter(({ topics }) => topics.includes(topic)).sort(inOrder)
    const share = Math.floor(count / members.length)
    const larger = count % members.length
    let next = 0
    members.forEach(({ memberId }, index) => {
      const size = share + (index < larger ? 1 : 0)
      const partitions = Array.from({ length: size }, (_, offset) => next + offset)
      next += size
      if (size > 0) assigned.get(memberId)?.push({ topic, partitions })
    })
  }
  return assigned
}

/** Static members come first, by instance id, then the others by member id. */
function inOrder(a: Subscriber, b: Subscriber): number {
  if ((a.instanceId === null) !== (b.instanceId === null)) return a.instanceId === null ? 1 : -1
  const left = a.instanceId ?? a.memberId
  const right = b.instanceId ?? b.memberId
  return left < right ? -1 : left > right ? 1 : 0
}
