import type { BrokerSettings } from '../metadata/index.ts'

/** A topic that the cluster makes for itself or for a client that only named it. */
export interface TopicSpec {
  readonly name: string
  /** -1: the default of the node. */
  readonly partitionCount: number
  /** -1: the default of the node. */
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
}

const OFFSETS_TOPIC = '__consumer_offsets'

/** How a topic is created when somebody needs it (AutoTopicCreationManager in Apache Kafka): the offsets topic has its own shape. */
export function topicSpec(name: string, broker: BrokerSettings): TopicSpec {
  if (name !== OFFSETS_TOPIC) {
    return { name, partitionCount: -1, replicationFactor: -1, configs: new Map() }
  }
  const partitionCount = broker.get('offsets.topic.num.partitions')
  const replicationFactor = broker.get('offsets.topic.replication.factor')
  const configs = new Map([
    ['cleanup.policy', 'compact'],
    ['compression.type', 'producer'],
    ['segment.bytes', String(broker.get('offsets.topic.segment.bytes'))],
  ])
  return { name, partitionCount, replicationFactor, configs }
}
