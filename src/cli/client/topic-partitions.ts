/** Topics with all that is known of their partitions, the eligible leader replicas included (KIP-966). */
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from '../../protocol/index.ts'
import type { Decoded } from '../../wire/index.ts'
import type { ClusterClient } from './cluster-client.ts'
import { UsageError } from '../failure.ts'
import type { TopicSelection } from '../topic-selection.ts'
import { checkError } from './errors.ts'
import type { TopicPartition } from './partitions.ts'

export interface PartitionState extends TopicPartition {
  /** -1: nobody leads. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Not in sync, yet known to have everything that was committed; null: the cluster does not know of such. */
  readonly elr: readonly number[] | null
  readonly lastKnownElr: readonly number[] | null
  /** Replicas whose broker or disk is away. */
  readonly offline: readonly number[]
}

export interface TopicState {
  readonly name: string
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionState[]
}

/**
 * In order of names and numbers.
 *
 * @param names null: all topics
 * @throws KafkaError for a topic that does not exist
 */
export async function describeTopics(
  client: ClusterClient,
  names: readonly string[] | null,
): Promise<TopicState[]> {
  const node = await client.any()
  const canPage = node.versionOf(DescribeTopicPartitionsRequest) !== null
  const topics = canPage ? await inPages(client, names) : await fromMetadata(client, names)
  return topics
    .map((topic) => ({
      ...topic,
      partitions: topic.partitions.toSorted((a, b) => a.partition - b.partition),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

type Page = Decoded<typeof DescribeTopicPartitionsResponse>
type Cursor = Page['nextCursor']

async function inPages(
  client: ClusterClient,
  names: readonly string[] | null,
): Promise<TopicState[]> {
  const found = new Map<string, TopicState>()
  let cursor: Cursor = null
  do {
    const { topics, nextCursor }: Page = await client.send(
      DescribeTopicPartitionsRequest,
      DescribeTopicPartitionsResponse,
      // Those before the cursor have been answered; it must lie in one that is asked for.
      {
        topics: (names ?? []).filter((name) => isFrom(name, cursor)).map((name) => ({ name })),
        cursor,
      },
    )
    for (const topic of topics) {
      const name = topic.name ?? ''
      checkError(topic.errorCode, `describe topic '${name}'`)
      const known = found.get(name)?.partitions ?? []
      const { topicId, isInternal } = topic
      const partitions = [...known, ...topic.partitions.map((it) => partitionOf(name, it))]
      found.set(name, { name, topicId, isInternal, partitions })
    }
    cursor = nextCursor
  } while (cursor !== null)
  return [...found.values()]
}

function isFrom(name: string, cursor: Cursor): boolean {
  return cursor === null || name >= cursor.topicName
}

async function fromMetadata(
  client: ClusterClient,
  names: readonly string[] | null,
): Promise<TopicState[]> {
  const { topics } = await client.metadata(names)
  return topics.map(({ name: found, errorCode, topicId, isInternal, partitions }) => {
    const name = found ?? ''
    checkError(errorCode, `describe topic '${name}'`)
    const unknown = { eligibleLeaderReplicas: null, lastKnownElr: null }
    return {
      name,
      topicId,
      isInternal,
      partitions: partitions.map((partition) => partitionOf(name, { ...partition, ...unknown })),
    }
  })
}

function partitionOf(
  topic: string,
  found: Omit<Page['topics'][number]['partitions'][number], 'errorCode'>,
): PartitionState {
  return {
    topic,
    partition: found.partitionIndex,
    leader: found.leaderId,
    leaderEpoch: found.leaderEpoch,
    replicas: found.replicaNodes,
    isr: found.isrNodes,
    elr: found.eligibleLeaderReplicas,
    lastKnownElr: found.lastKnownElr,
    offline: found.offlineReplicas,
  }
}

/** The partitions that are meant. Throws KafkaError, UsageError. */
export async function selectedPartitions(
  client: ClusterClient,
  selections: readonly TopicSelection[],
): Promise<PartitionState[]> {
  const names = [...new Set(selections.map(({ topic }) => topic))]
  const topics = names.length === 0 ? [] : await describeTopics(client, names)
  return topics.flatMap(({ name, partitions }) => {
    const of = selections.filter(({ topic }) => topic === name)
    if (of.some(({ partitions: numbers }) => numbers === null)) return partitions
    const numbers = [...new Set(of.flatMap((selection) => selection.partitions ?? []))]
    return numbers.map((number) => {
      const found = partitions.find(({ partition }) => partition === number)
      if (found !== undefined) return found
      throw new UsageError(
        `Cannot use partition ${number} of topic '${name}': it has ${partitions.length}, from 0 on`,
      )
    })
  })
}
