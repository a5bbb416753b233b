import { describe, expect, it } from 'vitest'
import { applyRecords, directoryIds, metadataRecord } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import { assignReplicasToDirs } from './assign-directories.ts'
import {
  brokerRecord,
  clusterOf,
  contextOf,
  directoryOf,
  withElr,
  withTopic,
} from './harness.conformance.ts'

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const two = brokerRecord(1, { logDirs: [directoryOf(1), directoryOf(91)] })
const image = withTopic(applyRecords(clusterOf(3), [two]), 'orders', TOPIC_ID, [
  {
    replicas: [1, 2],
    isr: [1, 2],
    directories: [directoryIds.UNASSIGNED, directoryOf(2)],
  },
  { replicas: [2], isr: [2], leader: 2 },
])

function assign(
  before: MetadataImage,
  directory: string,
  { index = 0, topicId = TOPIC_ID, brokerEpoch = 10 } = {},
) {
  const topics = [{ topicId, partitions: [{ partitionIndex: index }] }]
  const request = { brokerId: 1, brokerEpoch, directories: [{ id: directory, topics }] }
  const { records, response } = assignReplicasToDirs(before, request, contextOf())
  const answer = response.directories[0]?.topics[0]?.partitions[0]
  return {
    error: errorName(response.errorCode === 0 ? (answer?.errorCode ?? -1) : response.errorCode),
    records,
    partition: applyRecords(before, records).topics.partition(TOPIC_ID, 0),
  }
}

describe('assignReplicasToDirs', () => {
  it('notes where a replica lies, once', () => {
    const { error, partition, records } = assign(image, directoryOf(91))
    expect(error).toBe('NONE')
    expect(partition).toMatchObject({
      directories: [directoryOf(91), directoryOf(2)],
      isr: [1, 2],
      leader: 1,
      leaderEpoch: 0,
    })
    expect(assign(applyRecords(image, records), directoryOf(91)).records).toEqual([])
  })

  it('takes a replica out of sync that turns out to lie in a directory that is offline', () => {
    const { partition } = assign(image, directoryOf(77))
    expect(partition).toMatchObject({
      isr: [2],
      leader: 2,
      directories: [directoryOf(77), directoryOf(2)],
    })
  })

  it('keeps the eligible replicas', () => {
    const low = withElr(
      withTopic(applyRecords(clusterOf(3), [two]), 'orders', TOPIC_ID, [
        { replicas: [1, 2], isr: [1], eligibleLeaderReplicas: [2] },
      ]),
    )
    const { broker } = contextOf({ 'min.insync.replicas': '2' })
    const topics = [{ topicId: TOPIC_ID, partitions: [{ partitionIndex: 0 }] }]
    const directories = [{ id: directoryOf(91), topics }]
    const request = { brokerId: 1, brokerEpoch: 10, directories }
    const { records } = assignReplicasToDirs(low, request, { ...contextOf(), broker })
    expect(applyRecords(low, records).topics.partition(TOPIC_ID, 0)?.elr).toEqual([2])
  })

  const old = metadataRecord('featureLevel', { name: 'metadata.version', featureLevel: 16 })
  it.each<[string, string, () => ReturnType<typeof assign>]>([
    [
      'a stale broker',
      'STALE_BROKER_EPOCH',
      () => assign(image, directoryOf(1), { brokerEpoch: 9 }),
    ],
    [
      'an unknown topic',
      'UNKNOWN_TOPIC_ID',
      () => assign(image, directoryOf(1), { topicId: directoryOf(8) }),
    ],
    [
      'an unknown partition',
      'UNKNOWN_TOPIC_OR_PARTITION',
      () => assign(image, directoryOf(1), { index: 5 }),
    ],
    [
      'a partition of others',
      'NOT_LEADER_OR_FOLLOWER',
      () => assign(image, directoryOf(1), { index: 1 }),
    ],
    [
      'too old a metadata.version',
      'UNSUPPORTED_VERSION',
      () => assign(applyRecords(image, [old]), directoryOf(1)),
    ],
  ])('refuses %s', (_what, error, run) => {
    const result = run()
    expect(result.error).toBe(error)
    expect(result.records).toEqual([])
  })
})
