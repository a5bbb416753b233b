import { describe, expect, it } from 'vitest'
import { applyRecords, configResourceTypes, metadataRecord } from '../metadata/index.ts'
import type { MetadataImage, MetadataRecord } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import { alterConfigs, incrementalAlterConfigs } from './configs.ts'
import { clusterOf, contextOf, withTopic } from './harness.conformance.ts'

const { TOPIC, BROKER, GROUP } = configResourceTypes
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3] as const
const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'

function config(resourceType: number, resourceName: string, name: string, value: string | null) {
  return metadataRecord('config', { resourceType, resourceName, name, value })
}

const image = applyRecords(withTopic(clusterOf(1), 'orders', TOPIC_ID, [{}]), [
  config(TOPIC, 'orders', 'retention.ms', '1000'),
  config(TOPIC, 'orders', 'cleanup.policy', 'compact'),
  config(BROKER, '', 'log.cleaner.threads', '2'),
])

type Edit = readonly [name: string, operation: number, value: string | null]

interface Outcome {
  readonly error: string
  readonly records: readonly MetadataRecord[]
  readonly after: MetadataImage
}

function edit(
  resourceType: number,
  resourceName: string,
  edits: readonly Edit[],
  base = image,
): Outcome {
  const configs = edits.map(([name, configOperation, value]) => ({ name, configOperation, value }))
  const request = { resources: [{ resourceType, resourceName, configs }], validateOnly: false }
  const { records, response } = incrementalAlterConfigs(base, request, contextOf())
  const error = errorName(response.responses[0]?.errorCode ?? -99)
  return { error, records, after: applyRecords(base, records) }
}

function ofTopic({ error, after }: Outcome): unknown {
  expect(error).toBe('NONE')
  return Object.fromEntries(after.configs.ofTopic('orders'))
}

describe('incrementalAlterConfigs', () => {
  it('sets, keeps and takes away single keys', () => {
    const outcome = edit(TOPIC, 'orders', [
      ['retention.ms', DELETE, null],
      ['segment.bytes', SET, '2000000'],
    ])
    expect(ofTopic(outcome)).toEqual({ 'cleanup.policy': 'compact', 'segment.bytes': '2000000' })
  })

  it('appends to lists and subtracts from them', () => {
    const appended = edit(TOPIC, 'orders', [['cleanup.policy', APPEND, 'delete,compact']])
    expect(ofTopic(appended)).toMatchObject({ 'cleanup.policy': 'compact,delete' })
    const subtracted = edit(
      TOPIC,
      'orders',
      [['cleanup.policy', SUBTRACT, 'compact']],
      appended.after,
    )
    expect(ofTopic(subtracted)).toMatchObject({ 'cleanup.policy': 'delete' })
  })

  it('appends to the default where nothing is set', () => {
    const bare = withTopic(clusterOf(1), 'orders', TOPIC_ID, [{}])
    const outcome = edit(TOPIC, 'orders', [['cleanup.policy', APPEND, 'compact']], bare)
    expect(ofTopic(outcome)).toEqual({ 'cleanup.policy': 'delete,compact' })
  })

  it('refuses a list that has outgrown a record', () => {
    const key = 'leader.replication.throttled.replicas'
    const pairs = (from: number) =>
      Array.from({ length: 2000 }, (_, i) => `${from + i}:1000`).join(',')
    const first = edit(TOPIC, 'orders', [[key, SET, pairs(10_000)]])
    expect(first.error).toBe('NONE')
    const second = edit(TOPIC, 'orders', [[key, APPEND, pairs(20_000)]], first.after)
    expect(second).toMatchObject({ error: 'INVALID_CONFIG', records: [] })
  })

  it('writes no record for a topic key that stays as it is, but one for a broker', () => {
    expect(edit(TOPIC, 'orders', [['retention.ms', SET, '1000']]).records).toEqual([])
    expect(edit(BROKER, '', [['log.cleaner.threads', SET, '2']]).records).toHaveLength(1)
  })

  it('sets keys of one broker and of all', () => {
    const { after } = edit(BROKER, '1', [['message.max.bytes', SET, '4096']])
    expect(after.configs.ofBroker(1)).toEqual(new Map([['message.max.bytes', '4096']]))
    const all = edit(BROKER, '', [['message.max.bytes', SET, '4096']]).after
    expect(all.configs.ofDefaultBroker().get('message.max.bytes')).toBe('4096')
  })

  it.each<[number, string, Edit[], string]>([
    [TOPIC, 'orders', [['retention.ms', SET, 'x']], 'INVALID_CONFIG'],
    [TOPIC, 'orders', [['no.such.key', SET, '1']], 'INVALID_CONFIG'],
    [TOPIC, 'orders', [['retention.ms', APPEND, '1']], 'INVALID_CONFIG'],
    [TOPIC, 'orders', [['retention.ms', SET, null]], 'INVALID_REQUEST'],
    [TOPIC, 'orders', [['retention.ms', 7, '1']], 'INVALID_REQUEST'],
    [
      TOPIC,
      'orders',
      [
        ['retention.ms', SET, '1'],
        ['retention.ms', SET, '2'],
      ],
      'INVALID_REQUEST',
    ],
    [
      TOPIC,
      'orders',
      [
        ['max.compaction.lag.ms', SET, '5'],
        ['min.compaction.lag.ms', SET, '6'],
      ],
      'INVALID_CONFIG',
    ],
    [TOPIC, '', [['retention.ms', SET, '1']], 'INVALID_REQUEST'],
    [TOPIC, 'a/b', [['retention.ms', SET, '1']], 'INVALID_TOPIC_EXCEPTION'],
    [TOPIC, 'unknown', [['retention.ms', SET, '1']], 'UNKNOWN_TOPIC_OR_PARTITION'],
    [BROKER, 'x', [['message.max.bytes', SET, '1']], 'INVALID_REQUEST'],
    [BROKER, '9', [['message.max.bytes', SET, '1']], 'BROKER_ID_NOT_REGISTERED'],
    [BROKER, '', [['node.id', SET, '1']], 'INVALID_REQUEST'],
    [BROKER, '', [['message.max.bytes', SET, 'x']], 'INVALID_REQUEST'],
    [GROUP, 'g', [['x', SET, '1']], 'INVALID_REQUEST'],
  ])('refuses %i %j %j', (type, name, edits, error) => {
    const outcome = edit(type, name, edits)
    expect(outcome.error).toBe(error)
    expect(outcome.records).toEqual([])
  })

  it('lets one refused resource not keep the others', () => {
    const configs = [{ name: 'retention.ms', configOperation: SET, value: '5' }]
    const resources = ['unknown', 'orders', 'twice', 'twice'].map((resourceName) => {
      return { resourceType: TOPIC, resourceName, configs }
    })
    const request = { resources, validateOnly: false }
    const { records, response } = incrementalAlterConfigs(image, request, contextOf())
    const answers = response.responses.map(({ resourceName, errorCode }) => {
      return `${resourceName} ${errorName(errorCode)}`
    })
    expect(answers.toSorted()).toEqual([
      'orders NONE',
      'twice INVALID_REQUEST',
      'unknown UNKNOWN_TOPIC_OR_PARTITION',
    ])
    expect(records).toHaveLength(1)
    const asked = { ...request, validateOnly: true }
    expect(incrementalAlterConfigs(image, asked, contextOf()).records).toEqual([])
  })
})

describe('alterConfigs', () => {
  function replace(name: string, values: Readonly<Record<string, string | null>>): Outcome {
    const configs = Object.entries(values).map(([key, value]) => ({ name: key, value }))
    const resources = [{ resourceType: TOPIC, resourceName: name, configs }]
    const request = { resources, validateOnly: false }
    const { records, response } = alterConfigs(image, request, contextOf())
    const error = errorName(response.responses[0]?.errorCode ?? -99)
    return { error, records, after: applyRecords(image, records) }
  }

  it('takes away what the request does not name', () => {
    expect(ofTopic(replace('orders', { 'segment.ms': '7', 'retention.ms': '1000' }))).toEqual({
      'segment.ms': '7',
      'retention.ms': '1000',
    })
  })

  it('refuses null and invalid values', () => {
    expect(replace('orders', { 'segment.ms': null }).error).toBe('INVALID_REQUEST')
    expect(replace('orders', { 'segment.ms': 'x' }).error).toBe('INVALID_CONFIG')
    expect(replace('unknown', {}).error).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })
})

describe('min.insync.replicas with eligible leader replicas', () => {
  const elr = { name: 'eligible.leader.replicas.version', featureLevel: 1 }
  const withElr = applyRecords(image, [metadataRecord('featureLevel', elr)])
  const key = 'min.insync.replicas'

  it('clears the eligible replicas when it changes, of the topic or of all', () => {
    const cleared = (records: readonly MetadataRecord[]) =>
      records.flatMap(({ type, value }) => (type === 'clearElr' ? [value.topicName] : []))
    expect(cleared(edit(TOPIC, 'orders', [[key, SET, '2']], withElr).records)).toEqual(['orders'])
    expect(cleared(edit(BROKER, '', [[key, SET, '2']], withElr).records)).toEqual([''])
    expect(cleared(edit(TOPIC, 'orders', [[key, SET, '2']]).records)).toEqual([])
  })

  it('is one value for all brokers, and never taken away', () => {
    expect(edit(BROKER, '1', [[key, SET, '2']], withElr).error).toBe('INVALID_CONFIG')
    expect(edit(BROKER, '', [[key, DELETE, null]], withElr).error).toBe('INVALID_CONFIG')
    expect(edit(BROKER, '', [[key, DELETE, null]]).error).toBe('NONE')
  })
})
