/** What an offset request says of topics, held against the topics that exist (kafka.server.KafkaApis). */
import { ZERO_UUID } from '../../base/index.ts'
import type { Uuid } from '../../base/index.ts'
import { errorCodes } from '../../protocol/index.ts'
import type {
  CommittingTopic,
  DeletingTopic,
  FetchedGroup,
  FetchedTopicAnswer,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
} from './api.ts'

/** The topics of the newest metadata. */
export interface TopicLookup {
  byName(name: string): KnownTopic | undefined
  byId(topicId: Uuid): KnownTopic | undefined
}

export interface KnownTopic {
  readonly name: string
  readonly id: Uuid
  readonly partitions: readonly unknown[]
}

/** From these versions on topics are named by id (KIP-848). */
const COMMIT_BY_ID_SINCE = 10
const FETCH_BY_ID_SINCE = 10
/** From this version on a request may ask for several groups. */
const FETCH_GROUPS_SINCE = 8

/** The topics of an OffsetCommit, each with both of its names, and a refusal for every partition that does not exist. */
export function committingTopics(
  { topics }: OffsetCommit,
  apiVersion: number,
  lookup: TopicLookup,
): CommittingTopic[] {
  const isById = apiVersion >= COMMIT_BY_ID_SINCE
  return topics.map((topic) => {
    const known = isById ? lookup.byId(topic.topicId) : lookup.byName(topic.name)
    const unknownTopic = isById
      ? errorCodes.UNKNOWN_TOPIC_ID
      : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    return {
      name: known?.name ?? topic.name,
      topicId: known?.id ?? topic.topicId,
      partitions: topic.partitions.map((partition) => ({
        ...partition,
        refusal: known === undefined ? unknownTopic : checkPartition(known, partition),
      })),
    }
  })
}

/** The topics of an OffsetDelete, with a refusal for every partition that does not exist. */
export function deletingTopics({ topics }: OffsetDelete, lookup: TopicLookup): DeletingTopic[] {
  return topics.map(({ name, partitions }) => {
    const known = lookup.byName(name)
    return {
      name,
      partitions: partitions.map((partition) => ({
        partitionIndex: partition.partitionIndex,
        refusal:
          known === undefined
            ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION
            : checkPartition(known, partition),
      })),
    }
  })
}

function checkPartition(topic: KnownTopic, partition: { readonly partitionIndex: number }): number {
  return topic.partitions[partition.partitionIndex] === undefined
    ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    : 0
}

/** The groups of an OffsetFetch in one form. Offsets of topics that are gone may be asked for by name, not by id. */
export function fetchedGroups(
  call: OffsetFetch,
  apiVersion: number,
  lookup: TopicLookup,
): FetchedGroup[] {
  if (apiVersion < FETCH_GROUPS_SINCE) {
    const { groupId, topics } = call
    const byName = topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID, refusal: 0 })) ?? null
    return [{ groupId, topics: byName }]
  }
  const isById = apiVersion >= FETCH_BY_ID_SINCE
  return call.groups.map(({ groupId, topics }) => ({
    groupId,
    topics:
      topics?.map((topic) => {
        const known = isById ? lookup.byId(topic.topicId) : undefined
        const isUnknown = isById && known === undefined
        const refusal = isUnknown ? errorCodes.UNKNOWN_TOPIC_ID : 0
        return { ...topic, name: known?.name ?? topic.name, refusal }
      }) ?? null,
  }))
}

/** Topics of an answer that must be named by id: those without one cannot be told. */
export function withTopicIds(
  topics: readonly FetchedTopicAnswer[],
  lookup: TopicLookup,
): FetchedTopicAnswer[] {
  const named: FetchedTopicAnswer[] = []
  for (const topic of topics) {
    const isNamed = topic.topicId !== undefined && topic.topicId !== ZERO_UUID
    const topicId = isNamed ? topic.topicId : lookup.byName(topic.name ?? '')?.id
    if (topicId !== undefined) named.push({ ...topic, topicId })
  }
  return named
}

/** Whether answers of this version name topics by id. */
export function namesTopicsById(fetchApiVersion: number): boolean {
  return fetchApiVersion >= FETCH_BY_ID_SINCE
}

/** Whether answers of this version hold several groups. */
export function holdsGroups(fetchApiVersion: number): boolean {
  return fetchApiVersion >= FETCH_GROUPS_SINCE
}
