import type { BrokerSettings } from '../metadata/index.ts'
import type { CreateTopicsRequest } from '../protocol/index.ts'
import type { RequestOf } from './decision.ts'

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

/** What is asked of the controller so that the topic exists. */
export function ensureTopicRequest(
  name: string,
  broker: BrokerSettings,
): RequestOf<typeof CreateTopicsRequest> {
  const { partitionCount, replicationFactor, configs } = topicSpec(name, broker)
  const topic = {
    name,
    numPartitions: partitionCount,
    replicationFactor,
    assignments: [],
    configs: Array.from(configs, ([key, value]) => ({ name: key, value })),
  }
  return { topics: [topic], timeoutMs: 60_000, validateOnly: false }
}
