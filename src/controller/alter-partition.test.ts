import { describe, expect, it } from 'vitest'
import { applyRecords } from '../metadata/index.ts'
import type { MetadataImage, RecordValue } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import type { AlterPartitionRequest } from '../protocol/index.ts'
import { alterPartition } from './alter-partition.ts'
import type { RequestOf } from './decision.ts'
import {
  brokerRecord,
  clusterOf,
  contextOf,
  directoryOf,
  withElr,
  withTopic,
} from './harness.conformance.ts'

type Asked = RequestOf<typeof AlterPartitionRequest>['topics'][number]['partitions'][number]

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const three = { replicas: [1, 2, 3], isr: [1, 2], leader: 1, leaderEpoch: 5, partitionEpoch: 7 }

function imageOf(
  partition: Partial<RecordValue<'partition'>> = {},
  cluster: MetadataImage = clusterOf(4),
): MetadataImage {
  return withTopic(cluster, 'orders', TOPIC_ID, [{ ...three, ...partition }])
}

function alter(
  image: MetadataImage,
  isr: ReadonlyArray<number | readonly [id: number, epoch: number]>,
  overrides: Partial<Asked> = {},
  from: {
    readonly brokerId?: number
    readonly brokerEpoch?: number
    readonly topicId?: string
  } = {},
) {
  const asked = {
    partitionIndex: 0,
    leaderEpoch: 5,
    newIsr: [],
    newIsrWithEpochs: isr.map((member) => {
      const [brokerId, brokerEpoch] = typeof member === 'number' ? [member, member * 10] : member
      return { brokerId, brokerEpoch }
    }),
    leaderRecoveryState: 0,
    partitionEpoch: 7,
    ...overrides,
  }
  const { brokerId = 1, brokerEpoch = 10, topicId = TOPIC_ID } = from
  const request = { brokerId, brokerEpoch, topics: [{ topicId, partitions: [asked] }] }
  const { records, response } = alterPartition(
    image,
    request,
    contextOf({ 'min.insync.replicas': '2' }),
  )
  const answer = response.topics[0]?.partitions[0]
  const errorCode = response.errorCode === 0 ? (answer?.errorCode ?? -1) : response.errorCode
  const after = applyRecords(image, records)
  return {
    error: errorName(errorCode),
    answer,
    records,
    partition: after.topics.partition(TOPIC_ID, 0),
  }
}

describe('alterPartition', () => {
  it('changes the ISR in the same leader epoch and a new partition epoch', () => {
    const { answer, partition } = alter(imageOf(), [1, 2, 3])
    expect(answer).toEqual({
      partitionIndex: 0,
      errorCode: 0,
      leaderId: 1,
      leaderEpoch: 5,
      isr: [1, 2, 3],
      leaderRecoveryState: 0,
      partitionEpoch: 8,
    })
    expect(partition).toMatchObject({
      isr: [1, 2, 3],
      leader: 1,
      leaderEpoch: 5,
      partitionEpoch: 8,
    })
    expect(alter(imageOf(), [1]).partition).toMatchObject({ isr: [1], leaderEpoch: 5 })
  })

  it('answers with what is, where the ISR is that already', () => {
    const { answer, records } = alter(imageOf(), [1, 2])
    expect(records).toEqual([])
    expect(answer).toMatchObject({ isr: [1, 2], partitionEpoch: 7 })
  })

  it('takes a member without epoch for whichever incarnation, as version 2 has it', () => {
    expect(alter(imageOf(), [1, [3, -1]]).partition?.isr).toEqual([1, 3])
    const old = { newIsr: [1, 3], newIsrWithEpochs: [] }
    expect(alter(imageOf(), [], old).partition?.isr).toEqual([1, 3])
  })

  const fenced = applyRecords(clusterOf(4), [brokerRecord(3, { fenced: true })])
  const leaving = applyRecords(clusterOf(4), [brokerRecord(3, { inControlledShutdown: true })])
  it.each<[string, string, () => ReturnType<typeof alter>]>([
    ['a stale broker', 'STALE_BROKER_EPOCH', () => alter(imageOf(), [1], {}, { brokerEpoch: 9 })],
    [
      'a topic that is gone',
      'UNKNOWN_TOPIC_ID',
      () => alter(imageOf(), [1], {}, { topicId: directoryOf(1) }),
    ],
    [
      'a partition that is not there',
      'UNKNOWN_TOPIC_OR_PARTITION',
      () => alter(imageOf(), [1], { partitionIndex: 1 }),
    ],
    ['a newer leader epoch', 'NOT_CONTROLLER', () => alter(imageOf(), [1], { leaderEpoch: 6 })],
    [
      'a newer partition epoch',
      'NOT_CONTROLLER',
      () => alter(imageOf(), [1], { partitionEpoch: 8 }),
    ],
    [
      'an older leader epoch',
      'FENCED_LEADER_EPOCH',
      () => alter(imageOf(), [1], { leaderEpoch: 4 }),
    ],
    [
      'an older partition epoch',
      'INVALID_UPDATE_VERSION',
      () => alter(imageOf(), [1], { partitionEpoch: 6 }),
    ],
    [
      'somebody who does not lead',
      'INVALID_REQUEST',
      () => alter(imageOf(), [1, 2], {}, { brokerId: 2, brokerEpoch: 20 }),
    ],
    ['an empty ISR', 'INVALID_REQUEST', () => alter(imageOf(), [])],
    ['an ISR without the leader', 'INVALID_REQUEST', () => alter(imageOf(), [2, 3])],
    ['a member that is no replica', 'INVALID_REQUEST', () => alter(imageOf(), [1, 4])],
    ['a member twice', 'INVALID_REQUEST', () => alter(imageOf(), [1, 2, 2])],
    ['a fenced member', 'INELIGIBLE_REPLICA', () => alter(imageOf({}, fenced), [1, 2, 3])],
    ['a leaving member', 'INELIGIBLE_REPLICA', () => alter(imageOf({}, leaving), [1, 2, 3])],
    [
      'another incarnation of a member',
      'INELIGIBLE_REPLICA',
      () => alter(imageOf(), [1, 2, [3, 31]]),
    ],
    [
      'a recovery that nobody began',
      'INVALID_REQUEST',
      () => alter(imageOf({ isr: [1] }), [1], { leaderRecoveryState: 1 }),
    ],
    [
      'members beside a leader that recovers',
      'INVALID_REQUEST',
      () =>
        alter(imageOf({ isr: [1], leaderRecoveryState: 1 }), [1, 2], { leaderRecoveryState: 1 }),
    ],
  ])('refuses %s', (_what, error, run) => {
    const result = run()
    expect(result.error).toBe(error)
    expect(result.records).toEqual([])
  })

  it('ends the recovery of a leader', () => {
    const { partition } = alter(imageOf({ isr: [1], leaderRecoveryState: 1 }), [1])
    expect(partition).toMatchObject({ leaderRecovering: false, isr: [1], leaderEpoch: 5 })
  })

  it('keeps members that leave eligible until enough are in sync again', () => {
    const image = withElr(imageOf())
    expect(alter(image, [1]).partition).toMatchObject({ isr: [1], elr: [2] })
    const low = withElr(imageOf({ isr: [1], eligibleLeaderReplicas: [2] }))
    expect(alter(low, [1, 3]).partition).toMatchObject({ isr: [1, 3], elr: [] })
  })
})

describe('a reassignment', () => {
  const moving = {
    replicas: [3, 1, 2],
    isr: [1, 2],
    addingReplicas: [3],
    removingReplicas: [1],
  }

  it('waits until what is added is in sync, then is completed, with a new leader where that one goes', () => {
    const waiting = alter(imageOf(moving), [1])
    expect(waiting.partition).toMatchObject({ addingReplicas: [3], removingReplicas: [1] })
    const { error, partition } = alter(imageOf(moving), [1, 2, 3])
    expect(error).toBe('NEW_LEADER_ELECTED')
    expect(partition).toMatchObject({
      replicas: [3, 2],
      isr: [2, 3],
      leader: 3,
      leaderEpoch: 6,
      addingReplicas: [],
      removingReplicas: [],
      directories: [directoryOf(3), directoryOf(2)],
    })
  })

  it('raises the leader epoch when a replica goes and the leader stays', () => {
    const image = imageOf({ ...moving, replicas: [2, 3, 1], leader: 2 })
    const { error, partition } = alter(image, [1, 2, 3], {}, { brokerId: 2, brokerEpoch: 20 })
    expect(error).toBe('NONE')
    expect(partition).toMatchObject({ replicas: [2, 3], leader: 2, leaderEpoch: 6 })
  })

  it('that makes fewer replicas waits until all that stay are in sync', () => {
    const shrinking = { replicas: [1, 2, 3, 4], isr: [1, 3], removingReplicas: [3, 4] }
    expect(alter(imageOf(shrinking), [1]).partition?.replicas).toEqual([1, 2, 3, 4])
    expect(alter(imageOf(shrinking), [1, 2]).partition?.replicas).toEqual([1, 2])
  })
})
