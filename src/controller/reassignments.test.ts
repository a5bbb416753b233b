import { describe, expect, it } from 'vitest'
import { applyRecords } from '../metadata/index.ts'
import type { MetadataImage, RecordValue } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import {
  brokerRecord,
  clusterOf,
  contextOf,
  directoryOf,
  withElr,
  withTopic,
} from './harness.conformance.ts'
import { alterPartitionReassignments, listPartitionReassignments } from './reassignments.ts'

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'

function imageOf(
  partition: Partial<RecordValue<'partition'>> = {},
  cluster: MetadataImage = clusterOf(6),
): MetadataImage {
  const complete = { replicas: [1, 2, 3], isr: [1, 2, 3], leaderEpoch: 5, ...partition }
  return withTopic(cluster, 'orders', TOPIC_ID, [complete])
}

function alter(
  image: MetadataImage,
  replicas: number[] | null,
  {
    mayChangeFactor = true,
    index = 0,
    config = {},
  }: {
    readonly mayChangeFactor?: boolean
    readonly index?: number
    readonly config?: Readonly<Record<string, string>>
  } = {},
) {
  const request = {
    timeoutMs: 0,
    allowReplicationFactorChange: mayChangeFactor,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: index, replicas }] }],
  }
  const { records, response } = alterPartitionReassignments(image, request, contextOf(config))
  const after = applyRecords(image, records)
  return {
    error: errorName(response.responses[0]?.partitions[0]?.errorCode ?? -1),
    records,
    after,
    partition: after.topics.partition(TOPIC_ID, 0),
  }
}

const moving = {
  replicas: [1, 4, 5, 2, 3],
  addingReplicas: [4, 5],
  removingReplicas: [2, 3],
}

describe('beginning a move', () => {
  it('adds the new replicas and keeps the old ones until those are in sync', () => {
    const { error, partition } = alter(imageOf(), [1, 4, 5])
    expect(error).toBe('NONE')
    expect(partition).toMatchObject({
      ...moving,
      isr: [1, 2, 3],
      leader: 1,
      leaderEpoch: 5,
      directories: [1, 4, 5, 2, 3].map(directoryOf),
    })
  })

  it('is done at once where only the order changes, or replicas go that are not needed', () => {
    expect(alter(imageOf(), [3, 1, 2]).partition).toMatchObject({
      replicas: [3, 1, 2],
      leader: 1,
      leaderEpoch: 5,
    })
    expect(alter(imageOf(), [2, 3]).partition).toMatchObject({
      replicas: [2, 3],
      isr: [2, 3],
      leader: 2,
      leaderEpoch: 6,
      removingReplicas: [],
    })
  })

  it('supersedes one that is under way, whose additions stay additions if they are wanted', () => {
    const { partition } = alter(imageOf(moving), [1, 4, 6])
    expect(partition).toMatchObject({
      replicas: [1, 4, 6, 2, 3, 5],
      addingReplicas: [4, 6],
      removingReplicas: [2, 3, 5],
    })
  })

  it('keeps the eligible replicas', () => {
    const image = withElr(imageOf({ isr: [1], eligibleLeaderReplicas: [2] }))
    const { partition } = alter(image, [1, 2, 4], { config: { 'min.insync.replicas': '2' } })
    expect(partition).toMatchObject({ elr: [2], addingReplicas: [4] })
  })

  const fenced = applyRecords(clusterOf(6), [brokerRecord(4, { fenced: true })])
  it.each<[string, string, () => ReturnType<typeof alter>]>([
    ['no replicas', 'INVALID_REPLICA_ASSIGNMENT', () => alter(imageOf(), [])],
    ['a broker twice', 'INVALID_REPLICA_ASSIGNMENT', () => alter(imageOf(), [1, 1])],
    ['an unknown broker', 'INVALID_REPLICA_ASSIGNMENT', () => alter(imageOf(), [1, 99])],
    ['nobody alive', 'INVALID_REPLICA_ASSIGNMENT', () => alter(imageOf({}, fenced), [4])],
    [
      'an unknown partition',
      'UNKNOWN_TOPIC_OR_PARTITION',
      () => alter(imageOf(), [1, 2, 4], { index: 9 }),
    ],
    [
      'another replication factor, if that is not allowed',
      'INVALID_REPLICATION_FACTOR',
      () => alter(imageOf(), [1, 2], { mayChangeFactor: false }),
    ],
    [
      'another one than before a move that is under way',
      'INVALID_REPLICATION_FACTOR',
      () => alter(imageOf(moving), [1, 2, 3, 4, 5], { mayChangeFactor: false }),
    ],
  ])('is refused for %s', (_what, error, run) => {
    const result = run()
    expect(result.error).toBe(error)
    expect(result.records).toEqual([])
  })
})

describe('cancelling a move', () => {
  it('goes back to the replicas before it', () => {
    const { error, partition } = alter(imageOf({ ...moving, isr: [1, 2, 4] }), null)
    expect(error).toBe('NONE')
    expect(partition).toMatchObject({
      replicas: [1, 2, 3],
      isr: [1, 2],
      addingReplicas: [],
      removingReplicas: [],
      leader: 1,
      leaderEpoch: 6,
    })
  })

  it('is refused where there is none', () => {
    expect(alter(imageOf(), null).error).toBe('NO_REASSIGNMENT_IN_PROGRESS')
  })

  it('loses records only where that is allowed', () => {
    const image = imageOf({ ...moving, isr: [4], leader: 4 })
    expect(alter(image, null).error).toBe('INVALID_REPLICA_ASSIGNMENT')
    const config = { 'unclean.leader.election.enable': 'true' }
    expect(alter(image, null, { config }).partition).toMatchObject({
      replicas: [1, 2, 3],
      isr: [1],
      leader: 1,
    })
  })
})

describe('listing moves', () => {
  const other = withTopic(imageOf(moving), 'quiet', 'bTIE0c12SJKpE9Kdr0FUAg', [{}])
  const ongoing = {
    name: 'orders',
    partitions: [{ partitionIndex: 0, ...moving }],
  }

  it('gives all, or those that are asked for', () => {
    const list = (topics: Parameters<typeof listPartitionReassignments>[1]['topics']) =>
      listPartitionReassignments(other, { timeoutMs: 0, topics }).topics
    expect(list(null)).toEqual([ongoing])
    expect(list([{ name: 'orders', partitionIndexes: [0, 1] }])).toEqual([ongoing])
    expect(list([{ name: 'orders', partitionIndexes: [1] }])).toEqual([])
    expect(list([{ name: 'quiet', partitionIndexes: [0] }])).toEqual([])
    expect(list([{ name: 'gone', partitionIndexes: [0] }])).toEqual([])
  })
})
