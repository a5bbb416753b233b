import { describe, expect, it } from 'vitest'
import { BrokerSettings } from './broker-settings.ts'
import { checkTopicConfigs } from './topic-check.ts'

type Props = Record<string, string>

const map = (props: Props): Map<string, string> => new Map(Object.entries(props))
const messages = (topic: Props, broker: Props = {}): string[] => {
  const problems = checkTopicConfigs(map(topic), new BrokerSettings(map(broker)))
  return problems.map(({ message }) => message)
}

describe('checkTopicConfigs', () => {
  it.each<Props>([
    {},
    { 'cleanup.policy': '' },
    { 'cleanup.policy': 'compact,delete', 'retention.ms': '0', 'retention.bytes': '-5' },
    { 'leader.replication.throttled.replicas': '*' },
    { 'follower.replication.throttled.replicas': '0:1,1:2' },
    { 'local.retention.ms': '10', 'retention.ms': '5' },
    { 'remote.storage.enable': 'false' },
  ])('takes %j as Apache Kafka does', (topic) => {
    expect(messages(topic)).toEqual([])
  })

  it.each<[Props, string]>([
    [
      { 'segment.bytes': '1000' },
      "Cannot set segment.bytes: found '1000', wanted an integer from 1048576 to 2147483647",
    ],
    [
      { 'leader.replication.throttled.replicas': 'none' },
      "Cannot set leader.replication.throttled.replicas: found 'none', wanted '*', or a list of partition:broker pairs",
    ],
    [
      { 'retention.msec': '1' },
      'Cannot set retention.msec: no such topic configuration, did you mean retention.ms?',
    ],
    [
      { 'zookeeper.connect': '1' },
      'Cannot set zookeeper.connect: no such topic configuration, see the documentation for the keys there are',
    ],
    [
      { 'remote.storage.enable': 'TRUE' },
      "Cannot set remote.storage.enable: found 'true', wanted false: there is no remote storage",
    ],
    [
      { 'min.compaction.lag.ms': '10', 'max.compaction.lag.ms': '5' },
      'Cannot set min.compaction.lag.ms: found 10, wanted at most max.compaction.lag.ms, 5',
    ],
  ])('refuses %j', (topic, message) => {
    expect(messages(topic)).toEqual([message])
  })

  it('holds the values of the topic against those of the broker', () => {
    const broker = { 'log.cleaner.max.compaction.lag.ms': '5' }
    expect(messages({ 'min.compaction.lag.ms': '10' }, broker)).toHaveLength(1)
    expect(messages({ 'min.compaction.lag.ms': '5' }, broker)).toEqual([])
  })

  it('tells of every wrong value', () => {
    const problems = checkTopicConfigs(
      map({ 'flush.ms': 'x', 'segment.ms': '0', 'flush.messages': '1' }),
      new BrokerSettings(new Map()),
    )
    expect(problems.map(({ key, value }) => [key, value])).toEqual([
      ['flush.ms', 'x'],
      ['segment.ms', '0'],
    ])
  })
})
