/** Reads as a member of a group: one fetch loop for each generation, offsets committed as records are taken. */
import type { OffsetSpec } from '../text/offset-spec.ts'
import { aborted } from '../stop-signal.ts'
import type { ClusterClient } from './cluster-client.ts'
import { logEnds, resolveOffsets } from './consume-plan.ts'
import { FetchLoop } from './fetch-loop.ts'
import type { FetchLoopOptions, PartitionPlan } from './fetch-loop.ts'
import { GroupMember } from './group-member.ts'
import { committedOffsets } from './groups.ts'
import { partitionName } from './partitions.ts'
import type { TopicPartition } from './partitions.ts'

/** As Apache Kafka's `auto.commit.interval.ms`. */
const COMMIT_INTERVAL_MS = 5_000

export interface GroupConsumerOptions extends FetchLoopOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  /** Where to begin in a partition that has no committed offset. */
  readonly from: OffsetSpec
  /** Stop when all partitions of this member are read to the end that they had when it got them. */
  readonly stopsAtEnd: boolean
}

export async function consumeAsGroup(
  client: ClusterClient,
  options: GroupConsumerOptions,
): Promise<void> {
  const member = new GroupMember(client, options.groupId, options.topics)
  try {
    while (!options.signal.aborted && (await consumeGeneration(client, member, options)));
  } finally {
    await member.leave()
  }
}

/** True: there is a next generation to join. */
async function consumeGeneration(
  client: ClusterClient,
  member: GroupMember,
  options: GroupConsumerOptions,
): Promise<boolean> {
  const over = new AbortController()
  const assigned = await joinUnlessStopped(member, options.signal, over)
  if (assigned === null) return false
  const plans = await planAssigned(client, assigned, options)
  const signal = AbortSignal.any([options.signal, over.signal])
  const loop = new FetchLoop(client, plans, { ...options, signal })
  const committer = new PositionCommitter(member, plans)
  const timer = setInterval(() => {
    committer.commit(loop).catch(() => {
      // The commit at the end of the generation tells what is wrong.
    })
  }, COMMIT_INTERVAL_MS)
  try {
    await loop.run()
    // Without a partition, or with all of them read, there may be others to come.
    if (!options.stopsAtEnd && plans.length === 0) await aborted(signal)
  } finally {
    clearInterval(timer)
    await committer.commit(loop)
  }
  return over.signal.aborted && !options.signal.aborted
}

/** Joining may take as long as the slowest member; Ctrl-C does not wait for it. */
async function joinUnlessStopped(
  member: GroupMember,
  signal: AbortSignal,
  over: AbortController,
): Promise<TopicPartition[] | null> {
  const joining = member.join(() => over.abort())
  return Promise.race([joining, aborted(signal).then(() => null)])
}

async function planAssigned(
  client: ClusterClient,
  assigned: readonly TopicPartition[],
  { groupId, from, stopsAtEnd, isolation }: GroupConsumerOptions,
): Promise<PartitionPlan[]> {
  if (assigned.length === 0) return []
  const committed = await committedOffsets(client, groupId, assigned)
  const known = new Map(committed.map((item) => [partitionName(item), item.offset]))
  const ends = await logEnds(client, assigned, isolation)
  const starts = await resolveOffsets(client, assigned, from, ends)
  return assigned.map((partition) => {
    const name = partitionName(partition)
    const { start, end } = ends.get(name) ?? { start: 0, end: 0 }
    const position = Math.max(known.get(name) ?? starts.get(name) ?? start, start)
    return { ...partition, from: position, to: stopsAtEnd ? end : null }
  })
}

/** Commits what has changed, one commit at a time. */
class PositionCommitter {
  readonly #member: GroupMember
  readonly #committed: Map<string, number>
  #running: Promise<void> = Promise.resolve()

  constructor(member: GroupMember, plans: readonly PartitionPlan[]) {
    this.#member = member
    this.#committed = new Map(plans.map((plan) => [partitionName(plan), plan.from]))
  }

  commit(loop: FetchLoop): Promise<void> {
    const next = this.#running.then(
      () => this.#commitNow(loop),
      () => this.#commitNow(loop),
    )
    this.#running = next
    return next
  }

  async #commitNow({ positions }: FetchLoop): Promise<void> {
    const changed = positions
      .filter((item) => this.#committed.get(partitionName(item)) !== item.position)
      .map(({ topic, partition, position }) => ({ topic, partition, offset: position }))
    if (!(await this.#member.commit(changed))) return
    for (const item of changed) this.#committed.set(partitionName(item), item.offset)
  }
}
