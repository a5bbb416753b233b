import type { BrokerSettings, SourcedValue } from './broker-settings.ts'
import type { ConfigDefinition } from './definition.ts'
import { convertSynonym, synonymsOfTopicKey } from './synonyms.ts'
import { topicConfigNames, topicConfigs } from './topic/topic-configs.ts'
import type { TopicConfigName, TopicConfigValue } from './topic/topic-configs.ts'
import { parseConfig } from './value.ts'

/** Kafka's `compression.type`. */
export type TopicCompressionType = TopicConfigValue<'compression.type'>

/** What a topic's configuration comes down to. "No limit" is -1 for retention and `INT64_MAX` elsewhere. */
export interface TopicSettings {
  readonly segmentBytes: number
  readonly segmentMs: number
  readonly segmentJitterMs: number
  /** `segment.index.bytes`. */
  readonly indexSizeMaxBytes: number
  readonly indexIntervalBytes: number
  readonly preallocate: boolean
  readonly fileDeleteDelayMs: number
  readonly flushMessages: number
  readonly flushMs: number
  /** `auto` is decided for each partition by {@link flushesBeforeAck}. */
  readonly flushBeforeAck: 'auto' | 'true' | 'false'
  /** `cleanup.policy` has `delete`. */
  readonly cleanupDelete: boolean
  /** `cleanup.policy` has `compact`. */
  readonly cleanupCompact: boolean
  readonly retentionMs: number
  readonly retentionBytes: number
  readonly deleteRetentionMs: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly minCleanableDirtyRatio: number
  readonly maxMessageBytes: number
  readonly compressionType: TopicCompressionType
  /** Effort of that codec; left out: the codec's own default. */
  readonly compressionLevel?: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
  readonly minInsyncReplicas: number
  readonly uncleanLeaderElection: boolean
  /** `*`, or partition:broker pairs. */
  readonly leaderThrottledReplicas: readonly string[]
  /** `*`, or partition:broker pairs. */
  readonly followerThrottledReplicas: readonly string[]
}

/** What topics inherit from a broker; worked out once for each settings object. */
interface Inherited {
  readonly values: ReadonlyMap<TopicConfigName, unknown>
  readonly settings: TopicSettings
}

const inheritedByBroker = new WeakMap<BrokerSettings, Inherited>()
const NO_OVERRIDES: ReadonlyMap<string, string> = new Map()

/**
 * The settings of a topic: its own values (`overrides`, from the image) over those of the broker. All
 * topics without a value of their own share one object.
 */
export function topicSettings(
  overrides: ReadonlyMap<string, string>,
  broker: BrokerSettings,
): TopicSettings {
  const inherited = inheritedFrom(broker)
  return overrides.size === 0 ? inherited.settings : build(overrides, inherited.values)
}

/**
 * Whether records of a partition are flushed before they are acknowledged. `auto` means: where replicas
 * cannot heal each other after a power cut, because there is only one or all stand in one named rack.
 *
 * @param racks the rack of each replica, null where it has none
 */
export function flushesBeforeAck(
  { flushBeforeAck }: Pick<TopicSettings, 'flushBeforeAck'>,
  racks: ReadonlyArray<string | null>,
): boolean {
  if (flushBeforeAck !== 'auto') return flushBeforeAck === 'true'
  const [first = null] = racks
  return racks.length <= 1 || (first !== null && racks.every((rack) => rack === first))
}

/** The value of one topic key, wherever it comes from. */
export function resolveTopicConfig<K extends TopicConfigName>(
  key: K,
  overrides: ReadonlyMap<string, string>,
  broker: BrokerSettings,
): TopicConfigValue<K> {
  return (ownValue(key, overrides) ?? inheritedFrom(broker).values.get(key)) as TopicConfigValue<K>
}

/** undefined: the topic has none. A value that the cluster took when it ran other software may be invalid here. */
function ownValue(key: TopicConfigName, overrides: ReadonlyMap<string, string>): unknown {
  const text = overrides.get(key)
  if (text === undefined) return undefined
  const parsed = parseConfig(key, topicConfigs[key] as ConfigDefinition, text)
  return parsed.ok ? parsed.value : undefined
}

/** The broker's values for a topic key, strongest first. */
export function inheritedTopicValues(key: TopicConfigName, broker: BrokerSettings): SourcedValue[] {
  return broker.candidates(synonymsOfTopicKey(key).map((synonym) => synonym.key))
}

function inheritedFrom(broker: BrokerSettings): Inherited {
  const known = inheritedByBroker.get(broker)
  if (known !== undefined) return known
  const values = new Map(topicConfigNames.map((key) => [key, inheritedValue(key, broker)]))
  const inherited = { values, settings: build(NO_OVERRIDES, values) }
  inheritedByBroker.set(broker, inherited)
  return inherited
}

function inheritedValue(key: TopicConfigName, broker: BrokerSettings): unknown {
  const definition = topicConfigs[key] as ConfigDefinition
  const strongest = inheritedTopicValues(key, broker)[0]
  const synonym = synonymsOfTopicKey(key).find((candidate) => candidate.key === strongest?.key)
  if (strongest === undefined || synonym === undefined) return definition.defaultValue
  const parsed = parseConfig(key, definition, convertSynonym(synonym, strongest.text))
  return parsed.ok ? parsed.value : definition.defaultValue
}

function build(
  overrides: ReadonlyMap<string, string>,
  inherited: ReadonlyMap<TopicConfigName, unknown>,
): TopicSettings {
  const get = <K extends TopicConfigName>(key: K): TopicConfigValue<K> => {
    return (ownValue(key, overrides) ?? inherited.get(key)) as TopicConfigValue<K>
  }
  const policies = get('cleanup.policy')
  return {
    segmentBytes: get('internal.segment.bytes') ?? get('segment.bytes'),
    segmentMs: get('segment.ms'),
    segmentJitterMs: get('segment.jitter.ms'),
    indexSizeMaxBytes: get('segment.index.bytes'),
    indexIntervalBytes: get('index.interval.bytes'),
    preallocate: get('preallocate'),
    fileDeleteDelayMs: get('file.delete.delay.ms'),
    flushMessages: get('flush.messages'),
    flushMs: get('flush.ms'),
    flushBeforeAck: get('flush.before.ack'),
    cleanupDelete: policies.includes('delete'),
    cleanupCompact: policies.includes('compact'),
    retentionMs: get('retention.ms'),
    retentionBytes: get('retention.bytes'),
    deleteRetentionMs: get('delete.retention.ms'),
    minCompactionLagMs: get('min.compaction.lag.ms'),
    maxCompactionLagMs: get('max.compaction.lag.ms'),
    minCleanableDirtyRatio: get('min.cleanable.dirty.ratio'),
    maxMessageBytes: get('max.message.bytes'),
    compressionType: get('compression.type'),
    ...compressionLevel(get),
    timestampType: get('message.timestamp.type'),
    timestampBeforeMaxMs: get('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: get('message.timestamp.after.max.ms'),
    minInsyncReplicas: get('min.insync.replicas'),
    uncleanLeaderElection: get('unclean.leader.election.enable'),
    leaderThrottledReplicas: get('leader.replication.throttled.replicas'),
    followerThrottledReplicas: get('follower.replication.throttled.replicas'),
  }
}

const GZIP_DEFAULT_LEVEL = -1

function compressionLevel(
  get: <K extends TopicConfigName>(key: K) => TopicConfigValue<K>,
): Pick<TopicSettings, 'compressionLevel'> {
  switch (get('compression.type')) {
    case 'gzip': {
      const level = get('compression.gzip.level')
      return level === GZIP_DEFAULT_LEVEL ? {} : { compressionLevel: level }
    }
    case 'lz4':
      return { compressionLevel: get('compression.lz4.level') }
    case 'zstd':
      return { compressionLevel: get('compression.zstd.level') }
    default:
      return {}
  }
}
