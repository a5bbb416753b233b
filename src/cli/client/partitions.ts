/** Partitions by name, and requests that only their leaders answer. */
import { errorCodes, isRetriable } from '../../protocol/index.ts'
import type { NodeConnection } from '../../rpc/index.ts'
import { Backoff } from './backoff.ts'
import type { ClusterClient } from './cluster-client.ts'
import { checkError, KafkaError, mayPass } from './errors.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Names the partition, also as a key of maps: `orders-3`. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** By topic, then by partition. */
export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}

/** The form in which most requests want partitions: topic by topic. */
export function byTopic<T extends TopicPartition>(
  items: readonly T[],
): { readonly topic: string; readonly items: T[] }[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(item.topic)
    if (group === undefined) groups.set(item.topic, [item])
    else group.push(item)
  }
  return [...groups].map(([topic, items]) => ({ topic, items }))
}

/** The id of the leader of each partition, by {@link partitionName}; -1 where there is none now. Throws KafkaError for unknown topics. */
export async function findLeaders(
  client: ClusterClient,
  topics: readonly string[],
): Promise<Map<string, number>> {
  const leaders = new Map<string, number>()
  const { topics: found } = await client.metadata([...new Set(topics)])
  for (const { name, errorCode, partitions } of found) {
    const topic = name ?? ''
    if (errorCode !== errorCodes.LEADER_NOT_AVAILABLE) checkError(errorCode, `use topic '${topic}'`)
    for (const { partitionIndex, leaderId } of partitions) {
      leaders.set(partitionName({ topic, partition: partitionIndex }), leaderId)
    }
  }
  return leaders
}

export interface PartitionAnswer extends TopicPartition {
  readonly errorCode: number
}

type Ask<Item, Answer> = (node: NodeConnection, items: readonly Item[]) => Promise<Answer[]>

/**
 * Asks the leaders of `items`. What is answered with a retriable error, or not at all, is asked again with new metadata until
 * the time-out of the client is over; the last answer counts then.
 *
 * @returns answers in the order of `items`
 */
export async function askLeaders<Item extends TopicPartition, Answer extends PartitionAnswer>(
  client: ClusterClient,
  items: readonly Item[],
  ask: Ask<Item, Answer>,
): Promise<Answer[]> {
  const answers = new Map<string, Answer>()
  const backoff = new Backoff(client, client.timeoutMs)
  let open: readonly Item[] = items
  for (;;) {
    let failure: unknown = null
    const groups = await groupByLeader(client, open)
    const round = [...groups].map(async ([leaderId, group]) => {
      if (leaderId < 0) return
      for (const answer of await ask(await client.node(leaderId), group)) {
        answers.set(partitionName(answer), answer)
      }
    })
    for (const result of await Promise.allSettled(round)) {
      if (result.status === 'rejected') failure ??= result.reason
    }
    if (failure !== null && !mayPass(failure)) throw failure
    open = open.filter((item) => {
      const answer = answers.get(partitionName(item))
      return answer === undefined || isRetriable(answer.errorCode)
    })
    if (open.length === 0 || !(await backoff.pause())) {
      return items.map((item) => answers.get(partitionName(item)) ?? unanswered(item, failure))
    }
  }
}

async function groupByLeader<Item extends TopicPartition>(
  client: ClusterClient,
  items: readonly Item[],
): Promise<Map<number, Item[]>> {
  const topics = items.map(({ topic }) => topic)
  const leaders =
    topics.length === 0 ? new Map<string, number>() : await findLeaders(client, topics)
  const groups = new Map<number, Item[]>()
  for (const item of items) {
    const leaderId = leaders.get(partitionName(item))
    if (leaderId === undefined) {
      const action = `use partition ${item.partition} of topic '${item.topic}'`
      throw new KafkaError(
        errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
        action,
        'There is no such partition.',
      )
    }
    const group = groups.get(leaderId)
    if (group === undefined) groups.set(leaderId, [item])
    else group.push(item)
  }
  return groups
}

function unanswered(item: TopicPartition, failure: unknown): never {
  if (failure !== null) throw failure
  throw new KafkaError(errorCodes.LEADER_NOT_AVAILABLE, `use ${partitionName(item)}`)
}
