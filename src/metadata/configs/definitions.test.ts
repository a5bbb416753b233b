import { describe, expect, it } from 'vitest'
import { brokerConfigs } from './broker/broker-configs.ts'
import type { ConfigDefinition, ConfigDefinitions } from './definition.ts'
import { synonymsOfTopicKey } from './synonyms.ts'
import { topicConfigNames, topicConfigs } from './topic/topic-configs.ts'
import { formatConfig, parseConfig } from './value.ts'

const topic = topicConfigs as unknown as ConfigDefinitions
const broker = brokerConfigs as unknown as ConfigDefinitions
const all = [...Object.entries(topic), ...Object.entries(broker)]

/** What `kafka-configs --describe --all` lists for a topic of Apache Kafka 4.3.1, and the key of our own. */
const APACHE_TOPIC_CONFIGS = `cleanup.policy compression.gzip.level compression.lz4.level compression.type
  compression.zstd.level delete.retention.ms file.delete.delay.ms flush.messages flush.ms
  follower.replication.throttled.replicas index.interval.bytes leader.replication.throttled.replicas
  local.retention.bytes local.retention.ms max.compaction.lag.ms max.message.bytes
  message.timestamp.after.max.ms message.timestamp.before.max.ms message.timestamp.type
  min.cleanable.dirty.ratio min.compaction.lag.ms min.insync.replicas preallocate
  remote.log.copy.disable remote.log.delete.on.disable remote.storage.enable retention.bytes
  retention.ms segment.bytes segment.index.bytes segment.jitter.ms segment.ms
  unclean.leader.election.enable`

describe('declarations', () => {
  it('name every topic key of Apache Kafka 4.3', () => {
    const visible = topicConfigNames.filter((name) => !topicConfigs[name].internal)
    expect(visible.toSorted()).toEqual(
      [...APACHE_TOPIC_CONFIGS.split(/\s+/), 'flush.before.ack'].toSorted(),
    )
  })

  it.each(all)('%s has a default that it allows, and says what it is', (name, definition) => {
    const text = formatConfig(definition, definition.defaultValue)
    if (text !== null) expect(parseConfig(name, definition, text)).toMatchObject({ ok: true })
    expect(definition.documentation).toMatch(/^[A-Z].*\.$/)
    expect(definition.documentation.length).toBeLessThan(350)
  })

  it('give a topic key and its broker keys the same default and type', () => {
    const units = new Set(['log.roll.hours', 'log.roll.jitter.hours', 'log.retention.hours'])
    for (const name of topicConfigNames) {
      const last = synonymsOfTopicKey(name).at(-1)
      if (last === undefined || units.has(last.key)) continue
      const [ours, theirs] = [topic[name], broker[last.key]] as [ConfigDefinition, ConfigDefinition]
      expect([name, theirs.defaultValue, theirs.type]).toEqual([name, ours.defaultValue, ours.type])
    }
  })
})
