import type { ConfigDefinition, ValueOf } from '../definition.ts'
import { messageConfigs } from './messages.ts'
import { topicReplicationConfigs } from './replication.ts'
import { retentionConfigs } from './retention.ts'
import { segmentConfigs } from './segments.ts'

/** Every key that a topic can be given: those of Apache Kafka 4.3 and `flush.before.ack`. */
export const topicConfigs = {
  ...segmentConfigs,
  ...retentionConfigs,
  ...messageConfigs,
  ...topicReplicationConfigs,
}

export type TopicConfigName = keyof typeof topicConfigs
export type TopicConfigValue<K extends TopicConfigName> = ValueOf<(typeof topicConfigs)[K]>

const byName: ReadonlyMap<string, ConfigDefinition> = new Map(
  Object.entries(topicConfigs as Record<TopicConfigName, ConfigDefinition>),
)

/** The declaration of a topic key; undefined: there is no such key. */
export function topicConfig(name: string): ConfigDefinition | undefined {
  return byName.get(name)
}

export const topicConfigNames: readonly TopicConfigName[] = [...byName.keys()] as TopicConfigName[]
