import type { BrokerConfigName } from './broker/broker-configs.ts'
import type { TopicConfigName } from './topic/topic-configs.ts'

/** A broker key that gives a topic key its value where the topic has none. */
export interface BrokerSynonym {
  readonly key: BrokerConfigName
  /** What one unit of the broker key is in units of the topic key. */
  readonly factor: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

function synonym(key: BrokerConfigName, factor = 1): BrokerSynonym {
  return { key, factor }
}

/** For each topic key its broker keys; the first that is set counts (ServerTopicConfigSynonyms in Apache Kafka). */
const topicSynonyms: Readonly<Partial<Record<TopicConfigName, readonly BrokerSynonym[]>>> = {
  'segment.bytes': [synonym('log.segment.bytes')],
  'segment.ms': [synonym('log.roll.ms'), synonym('log.roll.hours', HOUR_MS)],
  'segment.jitter.ms': [synonym('log.roll.jitter.ms'), synonym('log.roll.jitter.hours', HOUR_MS)],
  'segment.index.bytes': [synonym('log.index.size.max.bytes')],
  'index.interval.bytes': [synonym('log.index.interval.bytes')],
  preallocate: [synonym('log.preallocate')],
  'file.delete.delay.ms': [synonym('log.segment.delete.delay.ms')],
  'flush.messages': [synonym('log.flush.interval.messages')],
  'flush.ms': [synonym('log.flush.interval.ms'), synonym('log.flush.scheduler.interval.ms')],
  'flush.before.ack': [synonym('log.flush.before.ack')],
  'cleanup.policy': [synonym('log.cleanup.policy')],
  'retention.ms': [
    synonym('log.retention.ms'),
    synonym('log.retention.minutes', MINUTE_MS),
    synonym('log.retention.hours', HOUR_MS),
  ],
  'retention.bytes': [synonym('log.retention.bytes')],
  'local.retention.ms': [synonym('log.local.retention.ms')],
  'local.retention.bytes': [synonym('log.local.retention.bytes')],
  'delete.retention.ms': [synonym('log.cleaner.delete.retention.ms')],
  'min.compaction.lag.ms': [synonym('log.cleaner.min.compaction.lag.ms')],
  'max.compaction.lag.ms': [synonym('log.cleaner.max.compaction.lag.ms')],
  'min.cleanable.dirty.ratio': [synonym('log.cleaner.min.cleanable.ratio')],
  'max.message.bytes': [synonym('message.max.bytes')],
  'compression.type': [synonym('compression.type')],
  'compression.gzip.level': [synonym('compression.gzip.level')],
  'compression.lz4.level': [synonym('compression.lz4.level')],
  'compression.zstd.level': [synonym('compression.zstd.level')],
  'message.timestamp.type': [synonym('log.message.timestamp.type')],
  'message.timestamp.before.max.ms': [synonym('log.message.timestamp.before.max.ms')],
  'message.timestamp.after.max.ms': [synonym('log.message.timestamp.after.max.ms')],
  'min.insync.replicas': [synonym('min.insync.replicas')],
  'unclean.leader.election.enable': [synonym('unclean.leader.election.enable')],
}

export function synonymsOfTopicKey(name: TopicConfigName): readonly BrokerSynonym[] {
  return topicSynonyms[name] ?? []
}

const chains = new Map<BrokerConfigName, readonly BrokerConfigName[]>()
for (const synonyms of Object.values(topicSynonyms)) {
  const keys = synonyms.map(({ key }) => key)
  for (const key of keys) chains.set(key, keys)
}

/** A broker key and those that stand in for it, strongest first: `log.roll.ms`, `log.roll.hours`. */
export function synonymsOfBrokerKey(name: BrokerConfigName): readonly BrokerConfigName[] {
  const chain = chains.get(name)
  return chain === undefined ? [name] : chain.slice(chain.indexOf(name))
}

/** The text for the topic key. A negative time means "for ever" in every unit. */
export function convertSynonym({ factor }: BrokerSynonym, text: string): string {
  if (factor === 1) return text
  const value = Number(text)
  return value < 0 ? '-1' : String(value * factor)
}
