import type { Uuid } from '../base/index.ts'
import { LogError } from '../log/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { Partition } from '../replication/index.ts'
import type { Broker } from './services.ts'

/** Where groups and their offsets live. */
export const OFFSETS_TOPIC = '__consumer_offsets'

/** Topics that the cluster itself writes; clients may read them. */
const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  OFFSETS_TOPIC,
  '__transaction_state',
  '__share_group_state',
])

export function isInternalTopic(name: string): boolean {
  return INTERNAL_TOPICS.has(name)
}

/** A topic as a request names it; which of the two counts is a matter of the version. */
export type TopicRef = { readonly name: string } | { readonly topicId: Uuid }

/** The partition that a request names, if this node leads it; else the error code that says why not. */
export function findPartition(broker: Broker, topic: TopicRef, index: number): Partition | number {
  const { topics } = broker.image()
  const image = 'topicId' in topic ? topics.byId(topic.topicId) : topics.byName(topic.name)
  if (image === undefined) {
    return 'topicId' in topic ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  }
  const partition = image.partitions[index]
  if (partition === undefined) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  if (partition.leader !== broker.nodeId) return errorCodes.NOT_LEADER_OR_FOLLOWER
  try {
    const found = broker.partitions.get(image, partition)
    return found.isUsable ? found : errorCodes.KAFKA_STORAGE_ERROR
  } catch (error) {
    if (error instanceof LogError) return errorCodes.KAFKA_STORAGE_ERROR
    throw error
  }
}
