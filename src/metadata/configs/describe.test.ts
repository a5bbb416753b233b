import { describe, expect, it } from 'vitest'
import { BrokerSettings } from './broker-settings.ts'
import {
  describeBrokerConfigs,
  describeDefaultBrokerConfigs,
  describeTopicConfigs,
} from './describe.ts'
import type { ConfigRow } from './describe.ts'

type Props = Record<string, string>

const map = (props: Props): Map<string, string> => new Map(Object.entries(props))

function settings(fixed: Props, dynamic: Props = {}, forAll: Props = {}): BrokerSettings {
  return new BrokerSettings(map(fixed)).withDynamic(map(dynamic), map(forAll))
}

const topicRow = (name: string, topic: Props, broker: BrokerSettings): ConfigRow | undefined => {
  return describeTopicConfigs(map(topic), broker, [name])[0]
}
const brokerRow = (name: string, broker: BrokerSettings): ConfigRow | undefined => {
  return describeBrokerConfigs(broker, [name])[0]
}

describe('describeTopicConfigs', () => {
  it('tells everything of a key that only has a default', () => {
    expect(topicRow('segment.bytes', {}, settings({}))).toEqual({
      name: 'segment.bytes',
      value: '1073741824',
      readOnly: false,
      source: 5,
      sensitive: false,
      synonyms: [{ name: 'log.segment.bytes', value: '1073741824', source: 5 }],
      type: 3,
      documentation: expect.stringContaining('segment'),
    })
  })

  it('lists what would count, strongest first, down to the default', () => {
    const broker = settings(
      { 'log.retention.hours': '24', 'log.retention.minutes': '5' },
      { 'log.retention.ms': '7' },
      { 'log.retention.ms': '8' },
    )
    const row = topicRow('retention.ms', { 'retention.ms': ' +6 ' }, broker)
    expect(row).toMatchObject({ value: '6', source: 1, type: 5 })
    expect(row?.synonyms).toEqual([
      { name: 'retention.ms', value: '6', source: 1 },
      { name: 'log.retention.ms', value: '7', source: 2 },
      { name: 'log.retention.ms', value: '8', source: 3 },
      { name: 'log.retention.minutes', value: '5', source: 4 },
      { name: 'log.retention.hours', value: '24', source: 4 },
      { name: 'log.retention.hours', value: '168', source: 5 },
    ])
    const inherited = topicRow('retention.ms', {}, settings({ 'log.retention.hours': '24' }))
    // Kafka lists no synonyms where the main one is not set; where the value comes from is told all the same.
    expect(inherited).toMatchObject({ value: '86400000', source: 4, synonyms: [] })
  })

  it('has all keys but internal ones, or those that were asked for', () => {
    const all = describeTopicConfigs(new Map(), settings({}))
    expect(all).toHaveLength(34)
    expect(all.map(({ name }) => name)).not.toContain('internal.segment.bytes')
    const some = describeTopicConfigs(new Map(), settings({}), ['flush.ms', 'nope'])
    expect(some.map(({ name, value }) => [name, value])).toEqual([
      ['flush.ms', '9223372036854775807'],
    ])
    expect(describeTopicConfigs(new Map(), settings({}), [])).toEqual([])
  })

  it('shows what counts where the stored value cannot be used', () => {
    expect(topicRow('retention.ms', { 'retention.ms': 'soon' }, settings({}))).toMatchObject({
      value: '604800000',
      source: 5,
    })
  })
})

describe('describeBrokerConfigs', () => {
  it('tells which keys can be changed at run time, and where values come from', () => {
    const broker = settings({ 'num.partitions': '3' }, { 'message.max.bytes': '7' })
    expect(brokerRow('num.partitions', broker)).toMatchObject({
      value: '3',
      readOnly: true,
      source: 4,
      synonyms: [
        { name: 'num.partitions', value: '3', source: 4 },
        { name: 'num.partitions', value: '1', source: 5 },
      ],
    })
    expect(brokerRow('message.max.bytes', broker)).toMatchObject({
      value: '7',
      readOnly: false,
      source: 2,
    })
  })

  it('keeps a key apart from the stronger one that replaces it', () => {
    const broker = settings({ 'log.retention.hours': '24' })
    expect(brokerRow('log.retention.ms', broker)).toMatchObject({ value: null, synonyms: [] })
    expect(brokerRow('log.retention.hours', broker)).toMatchObject({ value: '24', source: 4 })
  })

  it('shows no secret anywhere', () => {
    const broker = settings({ 'ssl.key.password': 'hunter2' }, { 'ssl.key.password': 'hunter3' })
    expect(brokerRow('ssl.key.password', broker)).toMatchObject({ value: null, sensitive: true })
    expect(JSON.stringify(describeBrokerConfigs(broker))).not.toContain('hunter')
  })

  it('lists for the default of all brokers only what is set there', () => {
    const rows = describeDefaultBrokerConfigs(map({ 'log.retention.ms': '8', unknown: '1' }))
    expect(rows.map(({ name, value, source }) => [name, value, source])).toEqual([
      ['log.retention.ms', '8', 3],
    ])
    expect(describeDefaultBrokerConfigs(map({ 'log.retention.ms': '8' }), ['log.dirs'])).toEqual([])
  })
})
