import type { LogConfig } from '../log/index.ts'
import { flushesBeforeAck, topicSettings } from '../metadata/index.ts'
import type {
  BrokerSettings,
  MetadataImage,
  PartitionImage,
  TopicSettings,
} from '../metadata/index.ts'
import type { TopicPolicy } from '../replication/index.ts'

/** Kafka's "no limit" (Long.MAX_VALUE) and beyond. */
const NO_LIMIT = 2 ** 62

/**
 * What the rooms below need of a topic's configuration. Topics with equal settings share one object, because ten thousand partitions
 * usually have one configuration.
 */
export class TopicPolicies {
  readonly #known = new WeakMap<TopicSettings, Map<boolean, TopicPolicy>>()

  of(
    image: MetadataImage,
    broker: BrokerSettings,
    topic: string,
    partition: Pick<PartitionImage, 'replicas'>,
  ): TopicPolicy {
    const settings = topicSettings(image.configs.ofTopic(topic), broker)
    const racks = partition.replicas.map((id) => image.cluster.broker(id)?.rack ?? null)
    const flushBeforeAck = flushesBeforeAck(settings, racks)
    const known = this.#known.get(settings) ?? new Map<boolean, TopicPolicy>()
    this.#known.set(settings, known)
    const policy = known.get(flushBeforeAck) ?? policyOf(settings, flushBeforeAck)
    known.set(flushBeforeAck, policy)
    return policy
  }
}

function limit(value: number): number {
  return value >= NO_LIMIT ? Infinity : value
}

function policyOf(settings: TopicSettings, flushBeforeAck: boolean): TopicPolicy {
  return {
    log: logConfigOf(settings, flushBeforeAck),
    produceRules: {
      maxMessageBytes: settings.maxMessageBytes,
      segmentBytes: settings.segmentBytes,
      timestampType: settings.timestampType,
      timestampBeforeMaxMs: settings.timestampBeforeMaxMs,
      timestampAfterMaxMs: settings.timestampAfterMaxMs,
      compacted: settings.cleanupCompact,
      compressionType: settings.compressionType,
      ...(settings.compressionLevel === undefined
        ? {}
        : { compressionLevel: settings.compressionLevel }),
    },
    minInsyncReplicas: settings.minInsyncReplicas,
  }
}

function logConfigOf(settings: TopicSettings, flushBeforeAck: boolean): LogConfig {
  return {
    segmentBytes: settings.segmentBytes,
    segmentMs: limit(settings.segmentMs),
    segmentJitterMs: settings.segmentJitterMs,
    indexIntervalBytes: settings.indexIntervalBytes,
    indexSizeMaxBytes: settings.indexSizeMaxBytes,
    retentionMs: settings.retentionMs,
    retentionBytes: settings.retentionBytes,
    flushMessages: limit(settings.flushMessages),
    flushMs: limit(settings.flushMs),
    flushBeforeAck,
    cleanupDelete: settings.cleanupDelete,
    cleanupCompact: settings.cleanupCompact,
    fileDeleteDelayMs: settings.fileDeleteDelayMs,
    preallocate: settings.preallocate,
    maxMessageBytes: settings.maxMessageBytes,
  }
}
