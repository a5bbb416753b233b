import { describe, expect, it } from 'vitest'
import { applyRecords, metadataRecord } from '../metadata/index.ts'
import type { BrokerImage, MetadataImage, RecordValue } from '../metadata/index.ts'
import { beginShutdown, fence, unfence } from './fencing.ts'
import { brokerRecord, clusterOf, contextOf, withElr, withTopic } from './harness.conformance.ts'

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const three = { replicas: [1, 2, 3], leaderEpoch: 5, partitionEpoch: 7 }

function after(
  change: typeof fence,
  image: MetadataImage,
  brokerId: number,
  config: Readonly<Record<string, string>> = { 'min.insync.replicas': '2' },
): MetadataImage {
  const broker = image.cluster.broker(brokerId) as BrokerImage
  return applyRecords(image, change(image, contextOf(config).broker, broker))
}

function imageOf(...partitions: Array<Partial<RecordValue<'partition'>>>): MetadataImage {
  const complete = partitions.map((partition) => ({ ...three, ...partition }))
  return withTopic(clusterOf(3), 'orders', TOPIC_ID, complete)
}

function statesOf(image: MetadataImage) {
  return image.topics
    .byName('orders')
    ?.partitions.map(({ leader, leaderEpoch, isr, elr }) => [leader, leaderEpoch, isr, elr])
}

describe('fencing', () => {
  const image = imageOf(
    { isr: [1, 2, 3], leader: 1 },
    { isr: [2, 1], leader: 2 },
    { isr: [1], leader: 1 },
    { isr: [2], leader: 2 },
  )

  it('takes the broker out of ISRs and elects others in it', () => {
    const fenced = after(fence, image, 1)
    expect(fenced.cluster.isAlive(1)).toBe(false)
    expect(statesOf(fenced)).toEqual([
      [2, 6, [2, 3], []],
      [2, 5, [2], []],
      // Without eligible replicas the last one in sync stays so: only it may lead again.
      [-1, 6, [1], []],
      [2, 5, [2], []],
    ])
  })

  it('keeps those who leave while too few are in sync eligible', () => {
    const fenced = after(fence, withElr(image), 1)
    expect(statesOf(fenced)).toEqual([
      [2, 6, [2, 3], []],
      [2, 5, [2], [1]],
      [-1, 6, [], [1]],
      [2, 5, [2], []],
    ])
    expect(fenced.topics.partition(TOPIC_ID, 2)?.lastKnownElr).toEqual([1])
  })

  it('elects a replica out of sync only where that is allowed', () => {
    const config = { 'unclean.leader.election.enable': 'true' }
    const fenced = after(fence, image, 1, config)
    expect(fenced.topics.partition(TOPIC_ID, 2)).toMatchObject({
      leader: 2,
      isr: [2],
      leaderEpoch: 6,
      leaderRecovering: true,
    })
  })

  it('leaves a broker that is alone what it leads', () => {
    const alone = withTopic(clusterOf(1), 'orders', TOPIC_ID, [{ leaderEpoch: 4 }])
    expect(statesOf(after(fence, alone, 1))).toEqual([[1, 4, [1], []]])
  })

  it('is written for an old metadata.version with a new leader epoch for each ISR that shrinks', () => {
    const old = metadataRecord('featureLevel', { name: 'metadata.version', featureLevel: 11 })
    expect(statesOf(after(fence, applyRecords(image, [old]), 1))?.[1]).toEqual([2, 6, [2], []])
  })
})

describe('unfencing', () => {
  it('makes the broker alive and gives it the partitions that wait for it', () => {
    const image = imageOf(
      { isr: [1], leader: -1 },
      { isr: [2], leader: -1 },
      { isr: [], leader: -1, eligibleLeaderReplicas: [1] },
      { isr: [1, 2], leader: 2 },
    )
    const fenced = applyRecords(image, [brokerRecord(1, { fenced: true })])
    const unfenced = after(unfence, withElr(fenced), 1)
    expect(unfenced.cluster.isActive(1)).toBe(true)
    expect(statesOf(unfenced)).toEqual([
      [1, 6, [1], []],
      [2, 6, [2], []],
      [1, 6, [1], []],
      [2, 5, [1, 2], []],
    ])
  })
})

describe('a broker that is leaving', () => {
  it('leads nothing more, also when it is fenced and comes back', () => {
    const image = imageOf({ isr: [1], leader: -1 })
    const leaving = brokerRecord(1, { fenced: true, inControlledShutdown: true })
    const unfenced = after(unfence, applyRecords(image, [leaving]), 1)
    expect(unfenced.cluster.isAlive(1)).toBe(true)
    expect(statesOf(unfenced)).toEqual([[-1, 5, [1], []]])
  })
})

describe('a controlled shutdown', () => {
  it('hands over what the broker leads, and takes it out of new placements', () => {
    const image = imageOf({ isr: [1, 2, 3], leader: 1 }, { isr: [1], leader: 1 })
    const leaving = after(beginShutdown, image, 1)
    expect(leaving.cluster.broker(1)).toMatchObject({ fenced: false, inControlledShutdown: true })
    expect(statesOf(leaving)).toEqual([
      [2, 6, [2, 3], []],
      [-1, 6, [1], []],
    ])
    expect([...beginShutdown(leaving, contextOf().broker, brokerOf(leaving, 1))]).toEqual([])
  })
})

function brokerOf(image: MetadataImage, id: number): BrokerImage {
  return image.cluster.broker(id) as BrokerImage
}
