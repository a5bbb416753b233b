import { describe, expect, it } from 'vitest'
import { INT64_MAX } from '../../base/index.ts'
import { BrokerSettings } from './broker-settings.ts'
import { flushesBeforeAck, topicSettings } from './topic-settings.ts'
import type { TopicSettings } from './topic-settings.ts'

type Props = Record<string, string>

const map = (props: Props): Map<string, string> => new Map(Object.entries(props))
const settingsOf = (topic: Props, broker: Props = {}): TopicSettings => {
  return topicSettings(map(topic), new BrokerSettings(map(broker)))
}

const HOUR_MS = 3_600_000
const DEFAULTS: TopicSettings = {
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  indexSizeMaxBytes: 10_485_760,
  indexIntervalBytes: 4096,
  preallocate: false,
  fileDeleteDelayMs: 60_000,
  flushMessages: INT64_MAX,
  flushMs: INT64_MAX,
  flushBeforeAck: 'auto',
  cleanupDelete: true,
  cleanupCompact: false,
  retentionMs: 604_800_000,
  retentionBytes: -1,
  deleteRetentionMs: 86_400_000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: INT64_MAX,
  minCleanableDirtyRatio: 0.5,
  maxMessageBytes: 1_048_588,
  compressionType: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: INT64_MAX,
  timestampAfterMaxMs: HOUR_MS,
  minInsyncReplicas: 1,
  uncleanLeaderElection: false,
  leaderThrottledReplicas: [],
  followerThrottledReplicas: [],
}

describe('topicSettings', () => {
  it("has Kafka's defaults", () => {
    expect(settingsOf({})).toEqual(DEFAULTS)
  })

  // Each key with a value for the topic, one for the broker, and what becomes of them.
  it.each<[keyof TopicSettings, Props, unknown, Props, unknown]>([
    ['segmentBytes', { 'segment.bytes': '2000000' }, 2e6, { 'log.segment.bytes': '3000000' }, 3e6],
    ['segmentMs', { 'segment.ms': '5' }, 5, { 'log.roll.hours': '2' }, 2 * HOUR_MS],
    ['segmentJitterMs', { 'segment.jitter.ms': '5' }, 5, { 'log.roll.jitter.ms': '6' }, 6],
    [
      'indexSizeMaxBytes',
      { 'segment.index.bytes': '5' },
      5,
      { 'log.index.size.max.bytes': '6' },
      6,
    ],
    [
      'indexIntervalBytes',
      { 'index.interval.bytes': '5' },
      5,
      { 'log.index.interval.bytes': '6' },
      6,
    ],
    ['preallocate', { preallocate: 'true' }, true, { 'log.preallocate': 'true' }, true],
    [
      'fileDeleteDelayMs',
      { 'file.delete.delay.ms': '5' },
      5,
      { 'log.segment.delete.delay.ms': '6' },
      6,
    ],
    ['flushMessages', { 'flush.messages': '5' }, 5, { 'log.flush.interval.messages': '6' }, 6],
    ['flushMs', { 'flush.ms': '5' }, 5, { 'log.flush.scheduler.interval.ms': '6' }, 6],
    [
      'flushBeforeAck',
      { 'flush.before.ack': 'true' },
      'true',
      { 'log.flush.before.ack': 'false' },
      'false',
    ],
    [
      'cleanupCompact',
      { 'cleanup.policy': 'compact' },
      true,
      { 'log.cleanup.policy': 'compact,delete' },
      true,
    ],
    [
      'cleanupDelete',
      { 'cleanup.policy': 'compact' },
      false,
      { 'log.cleanup.policy': 'compact' },
      false,
    ],
    ['retentionMs', { 'retention.ms': '5' }, 5, { 'log.retention.minutes': '2' }, 120_000],
    ['retentionBytes', { 'retention.bytes': '5' }, 5, { 'log.retention.bytes': '6' }, 6],
    [
      'deleteRetentionMs',
      { 'delete.retention.ms': '5' },
      5,
      { 'log.cleaner.delete.retention.ms': '6' },
      6,
    ],
    [
      'minCompactionLagMs',
      { 'min.compaction.lag.ms': '5' },
      5,
      { 'log.cleaner.min.compaction.lag.ms': '6' },
      6,
    ],
    [
      'maxCompactionLagMs',
      { 'max.compaction.lag.ms': '5' },
      5,
      { 'log.cleaner.max.compaction.lag.ms': '6' },
      6,
    ],
    [
      'minCleanableDirtyRatio',
      { 'min.cleanable.dirty.ratio': '0.1' },
      0.1,
      { 'log.cleaner.min.cleanable.ratio': '0.2' },
      0.2,
    ],
    ['maxMessageBytes', { 'max.message.bytes': '5' }, 5, { 'message.max.bytes': '6' }, 6],
    [
      'compressionType',
      { 'compression.type': 'zstd' },
      'zstd',
      { 'compression.type': 'gzip' },
      'gzip',
    ],
    [
      'timestampType',
      { 'message.timestamp.type': 'LogAppendTime' },
      'LogAppendTime',
      { 'log.message.timestamp.type': 'LogAppendTime' },
      'LogAppendTime',
    ],
    [
      'timestampBeforeMaxMs',
      { 'message.timestamp.before.max.ms': '5' },
      5,
      { 'log.message.timestamp.before.max.ms': '6' },
      6,
    ],
    [
      'timestampAfterMaxMs',
      { 'message.timestamp.after.max.ms': '5' },
      5,
      { 'log.message.timestamp.after.max.ms': '6' },
      6,
    ],
    ['minInsyncReplicas', { 'min.insync.replicas': '5' }, 5, { 'min.insync.replicas': '6' }, 6],
    [
      'uncleanLeaderElection',
      { 'unclean.leader.election.enable': 'true' },
      true,
      { 'unclean.leader.election.enable': 'true' },
      true,
    ],
  ])('%s comes from the topic, else from the broker', (field, topic, own, broker, inherited) => {
    expect(settingsOf({}, broker)[field]).toEqual(inherited)
    expect(settingsOf(topic, broker)[field]).toEqual(own)
    expect(settingsOf(topic)[field]).toEqual(own)
  })

  it('takes the strongest of the broker keys that are set', () => {
    const hours = { 'log.retention.hours': '1' }
    const minutes = { ...hours, 'log.retention.minutes': '2' }
    expect(settingsOf({}, hours).retentionMs).toBe(HOUR_MS)
    expect(settingsOf({}, minutes).retentionMs).toBe(120_000)
    expect(settingsOf({}, { ...minutes, 'log.retention.ms': '3' }).retentionMs).toBe(3)
    expect(settingsOf({}, { 'log.retention.hours': '-1' }).retentionMs).toBe(-1)
  })

  it('takes what was set through the cluster before the configuration file', () => {
    const fixed = new BrokerSettings(map({ 'log.retention.ms': '1' }))
    const forAll = map({ 'log.retention.ms': '2' })
    const retentionMs = (one: Props, topic: Props = {}): number => {
      return topicSettings(map(topic), fixed.withDynamic(map(one), forAll)).retentionMs
    }
    expect(topicSettings(map({}), fixed).retentionMs).toBe(1)
    expect(retentionMs({})).toBe(2)
    expect(retentionMs({ 'log.retention.ms': '3' })).toBe(3)
    expect(retentionMs({ 'log.retention.ms': '3' }, { 'retention.ms': '4' })).toBe(4)
  })

  it('passes over values that are not valid or not known here', () => {
    const settings = settingsOf({ 'retention.ms': 'soon', 'from.the.future': '1' })
    expect(settings).toEqual(DEFAULTS)
    const broker = new BrokerSettings(map({})).withDynamic(
      map({ 'log.retention.ms': 'x' }),
      map({}),
    )
    expect(topicSettings(map({}), broker)).toEqual(DEFAULTS)
  })

  it.each<[Props, number | undefined]>([
    [{ 'compression.type': 'gzip' }, undefined],
    [{ 'compression.type': 'gzip', 'compression.gzip.level': '2' }, 2],
    [{ 'compression.type': 'lz4' }, 9],
    [{ 'compression.type': 'zstd', 'compression.zstd.level': '-5' }, -5],
    [{ 'compression.type': 'producer', 'compression.zstd.level': '5' }, undefined],
  ])('has the level that belongs to the codec: %j', (topic, level) => {
    expect(settingsOf(topic).compressionLevel).toBe(level)
  })

  it('lets tests have segments below the limit', () => {
    const topic = { 'internal.segment.bytes': '100', 'segment.bytes': '2000000' }
    expect(settingsOf(topic).segmentBytes).toBe(100)
  })

  it('is one object for all topics without values of their own', () => {
    const broker = new BrokerSettings(map({}))
    expect(topicSettings(new Map(), broker)).toBe(topicSettings(new Map(), broker))
  })
})

describe('flushesBeforeAck', () => {
  it.each<[string, Array<string | null>, boolean]>([
    ['auto', [null], true],
    ['auto', ['a'], true],
    ['auto', ['a', 'a', 'a'], true],
    ['auto', ['a', 'a', 'b'], false],
    ['auto', [null, null, null], false],
    ['auto', ['a', null], false],
    ['true', ['a', 'b'], true],
    ['false', [null], false],
  ])('%s with replicas in racks %j is %s', (value, racks, expected) => {
    expect(flushesBeforeAck(settingsOf({ 'flush.before.ack': value }), racks)).toBe(expected)
  })
})
