import { describe, expect, it } from 'vitest'
import { applyRecords } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import type { CreateTopicsRequest, CreateTopicsResponse } from '../protocol/index.ts'
import { createTopics } from './create-topics.ts'
import type { ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import {
  brokerRecord,
  clusterOf,
  contextOf,
  directoryOf,
  withTopic,
} from './harness.conformance.ts'

type Request = RequestOf<typeof CreateTopicsRequest>
type Topic = Partial<Request['topics'][number]> & { readonly name: string }
type Response = ResponseOf<typeof CreateTopicsResponse>

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'

function requestOf(topics: readonly Topic[], validateOnly = false): Request {
  return {
    topics: topics.map((topic) => ({
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [],
      configs: [],
      ...topic,
    })),
    timeoutMs: 1000,
    validateOnly,
  }
}

function create(
  image: MetadataImage,
  topics: readonly Topic[],
  context: ControllerContext = contextOf(),
): Decision<Response> {
  return createTopics(image, requestOf(topics), context)
}

/** `NONE` or the name of the error, by topic. */
function outcomes(decision: Decision<Response>): Record<string, string> {
  const entries = decision.response.topics.map(({ name, errorCode }) => [
    name,
    errorName(errorCode),
  ])
  return Object.fromEntries(entries) as Record<string, string>
}

function outcomeOf(image: MetadataImage, topic: Topic, context = contextOf()): string {
  const decision = create(image, [topic], context)
  expect(decision.records).toEqual([])
  return outcomes(decision)[topic.name] ?? 'missing'
}

describe('createTopics', () => {
  it('writes the topic, then its configuration, then its partitions', () => {
    const configs = [{ name: 'retention.ms', value: '1000' }]
    const image = clusterOf(1)
    const topic = { name: 'orders', numPartitions: 2, replicationFactor: 1, configs }
    const { records, response } = create(image, [topic])
    expect(records.map(({ type }) => type)).toEqual(['topic', 'config', 'partition', 'partition'])
    const answer = response.topics[0]
    const after = applyRecords(image, records)
    expect(after.topics.byName('orders')?.id).toBe(answer?.topicId)
    expect(after.configs.ofTopic('orders')).toEqual(new Map([['retention.ms', '1000']]))
    expect(after.topics.byName('orders')?.partitions[1]).toMatchObject({
      replicas: [1],
      directories: [directoryOf(1)],
      isr: [1],
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 0,
      leaderRecovering: false,
    })
  })

  it('answers with what the topic has now', () => {
    const configs = [{ name: 'cleanup.policy', value: 'compact' }]
    const { response } = create(clusterOf(1), [{ name: 'orders', numPartitions: 3, configs }])
    const answer = response.topics[0]
    expect(answer).toMatchObject({ errorCode: 0, numPartitions: 3, replicationFactor: 1 })
    const names = answer?.configs?.map(({ name }) => name) ?? []
    expect(names).toEqual(names.toSorted())
    expect(answer?.configs?.find(({ name }) => name === 'cleanup.policy')).toEqual({
      name: 'cleanup.policy',
      value: 'compact',
      readOnly: false,
      configSource: 1,
      isSensitive: false,
    })
  })

  it('takes partitions and replication factor from the broker where they are left open', () => {
    const context = contextOf({ 'num.partitions': '4', 'default.replication.factor': '2' })
    const { response } = create(clusterOf(3), [{ name: 'orders' }], context)
    expect(response.topics[0]).toMatchObject({ numPartitions: 4, replicationFactor: 2 })
  })

  it.each([
    ['', 'INVALID_TOPIC_EXCEPTION'],
    ['.', 'INVALID_TOPIC_EXCEPTION'],
    ['..', 'INVALID_TOPIC_EXCEPTION'],
    ['a/b', 'INVALID_TOPIC_EXCEPTION'],
    ['ä', 'INVALID_TOPIC_EXCEPTION'],
    ['a\n', 'INVALID_TOPIC_EXCEPTION'],
    ['x'.repeat(250), 'INVALID_TOPIC_EXCEPTION'],
    ['__cluster_metadata', 'INVALID_REQUEST'],
    ['taken.name', 'TOPIC_ALREADY_EXISTS'],
    ['taken_name', 'INVALID_TOPIC_EXCEPTION'],
  ])('refuses the name %j', (name, error) => {
    const image = withTopic(clusterOf(1), 'taken.name', TOPIC_ID, [{}])
    expect(outcomeOf(image, { name })).toBe(error)
  })

  it('takes names of 249 characters and of every legal kind', () => {
    const image = withTopic(clusterOf(1), 'taken.name', TOPIC_ID, [{}])
    for (const name of ['x'.repeat(249), 'a.B_c-9', '...', 'taken-name']) {
      expect(outcomes(create(image, [{ name }]))).toEqual({ [name]: 'NONE' })
    }
  })

  it.each([
    [{ numPartitions: 0 }, 'INVALID_PARTITIONS'],
    [{ numPartitions: -2 }, 'INVALID_PARTITIONS'],
    [{ replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
    [{ replicationFactor: -2 }, 'INVALID_REPLICATION_FACTOR'],
    [{ replicationFactor: 4 }, 'INVALID_REPLICATION_FACTOR'],
    [{ numPartitions: 10_001 }, 'POLICY_VIOLATION'],
    [{ configs: [{ name: 'retention.ms', value: 'x' }] }, 'INVALID_CONFIG'],
    [{ configs: [{ name: 'retention.ms', value: null }] }, 'INVALID_CONFIG'],
    [{ configs: [{ name: 'no.such.key', value: '1' }] }, 'INVALID_CONFIG'],
  ])('refuses %j', (wanted, error) => {
    expect(outcomeOf(clusterOf(3), { name: 'orders', ...wanted })).toBe(error)
  })

  it('counts the partitions of all topics of a request against the limit', () => {
    const decision = create(clusterOf(1), [
      { name: 'a', numPartitions: 9_999 },
      { name: 'b', numPartitions: 2 },
      { name: 'c', numPartitions: 1 },
    ])
    expect(outcomes(decision)).toEqual({ a: 'NONE', b: 'POLICY_VIOLATION', c: 'NONE' })
  })

  it('refuses one topic without keeping the others, and a name that comes twice', () => {
    const decision = create(clusterOf(1), [
      { name: 'good' },
      { name: 'twice' },
      { name: 'bad/name' },
      { name: 'twice' },
    ])
    expect(outcomes(decision)).toEqual({
      good: 'NONE',
      twice: 'INVALID_REQUEST',
      'bad/name': 'INVALID_TOPIC_EXCEPTION',
    })
    expect(decision.response.topics).toHaveLength(3)
    expect(decision.records).toHaveLength(2)
  })

  it('writes nothing where the request only asks', () => {
    const { records, response } = createTopics(
      clusterOf(1),
      requestOf([{ name: 'orders' }, { name: 'a/b' }], true),
      contextOf(),
    )
    expect(records).toEqual([])
    expect(response.topics.map(({ errorCode }) => errorName(errorCode))).toEqual([
      'NONE',
      'INVALID_TOPIC_EXCEPTION',
    ])
  })

  it('places nothing on a cluster whose brokers are fenced or leaving', () => {
    const leaving = brokerRecord(1, { inControlledShutdown: true })
    const image = applyRecords(clusterOf(2), [leaving, brokerRecord(2, { fenced: true })])
    expect(outcomeOf(image, { name: 'orders' })).toBe('INVALID_REPLICATION_FACTOR')
  })
})

describe('placement', () => {
  /** Which brokers get a replica of ten partitions. */
  const usedWith = (change: Parameters<typeof brokerRecord>[1], replicationFactor = 1) => {
    const image = applyRecords(clusterOf(3), [brokerRecord(3, change)])
    const topic = { name: 'spread', numPartitions: 10, replicationFactor }
    const { records } = create(image, [topic])
    const { topics } = applyRecords(image, records)
    const used = topics.byName('spread')?.partitions.flatMap(({ replicas }) => replicas)
    return [...new Set(used)].sort((a, b) => a - b)
  }

  it('leaves out brokers that are leaving, or whose directories are all cordoned', () => {
    const logDirs = [directoryOf(3), directoryOf(93)]
    expect(usedWith({})).toEqual([1, 2, 3])
    expect(usedWith({ inControlledShutdown: true })).toEqual([1, 2])
    expect(usedWith({ logDirs, cordonedLogDirs: logDirs })).toEqual([1, 2])
    expect(usedWith({ logDirs, cordonedLogDirs: logDirs.slice(1) })).toEqual([1, 2, 3])
  })

  it('counts on fenced brokers to come back, but not as leaders', () => {
    expect(usedWith({ fenced: true })).toEqual([1, 2])
    expect(usedWith({ fenced: true }, 3)).toEqual([1, 2, 3])
  })
})

describe('manual assignments', () => {
  function assign(...lists: ReadonlyArray<readonly [number, readonly number[]]>): Topic {
    const assignments = lists.map(([partitionIndex, brokerIds]) => {
      return { partitionIndex, brokerIds: [...brokerIds] }
    })
    return { name: 'orders', assignments }
  }

  it('are kept as they are, in any order; only active replicas are in sync', () => {
    const image = applyRecords(clusterOf(3), [brokerRecord(3, { fenced: true })])
    const { records } = create(image, [assign([1, [3, 2]], [0, [2, 1]])])
    const { partitions } = applyRecords(image, records).topics.byName('orders') ?? {}
    expect(partitions?.map(({ replicas, isr, leader }) => [replicas, isr, leader])).toEqual([
      [[2, 1], [2, 1], 2],
      [[3, 2], [2], 2],
    ])
  })

  it.each([
    ['an empty list', assign([0, []])],
    ['an unknown broker', assign([0, [9]])],
    ['a broker twice', assign([0, [1, 1]])],
    ['lists of different lengths', assign([0, [1, 2]], [1, [1]])],
    ['a missing partition', assign([0, [1]], [2, [1]])],
    ['a partition twice', assign([0, [1]], [0, [2]])],
    ['a negative partition', assign([-1, [1]])],
    ['only fenced brokers', assign([0, [3]])],
  ])('are refused with %s', (_what, topic) => {
    const image = applyRecords(clusterOf(3), [brokerRecord(3, { fenced: true })])
    expect(outcomeOf(image, topic)).toBe('INVALID_REPLICA_ASSIGNMENT')
  })

  it('are refused beside a number of partitions or a replication factor', () => {
    for (const more of [{ numPartitions: 1 }, { replicationFactor: 1 }]) {
      expect(outcomeOf(clusterOf(1), { ...assign([0, [1]]), ...more })).toBe('INVALID_REQUEST')
    }
  })
})
