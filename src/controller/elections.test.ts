import { describe, expect, it } from 'vitest'
import { applyRecords, directoryIds } from '../metadata/index.ts'
import type { MetadataImage, PartitionImage, RecordValue, TopicImage } from '../metadata/index.ts'
import {
  brokerRecord,
  clusterOf,
  contextOf,
  directoryOf,
  withElr,
  withTopic,
} from './harness.conformance.ts'
import { changePartition } from './partition-change.ts'
import { rulesByTopic } from './topic-rules.ts'
import type { ElectionKind } from './elections.ts'

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const three = { replicas: [1, 2, 3], leader: -1, leaderEpoch: 5, partitionEpoch: 7 }

/** The partition after the election; null: nobody could be elected. */
function elect(
  partition: Partial<RecordValue<'partition'>>,
  cluster: MetadataImage = withElr(clusterOf(3)),
  election: ElectionKind = 'online',
): PartitionImage | null {
  const image = withTopic(cluster, 'orders', TOPIC_ID, [partition])
  const topic = image.topics.byId(TOPIC_ID) as TopicImage
  const before = image.topics.partition(TOPIC_ID, 0) as PartitionImage
  const { broker } = contextOf({ 'min.insync.replicas': '2' })
  const rules = rulesByTopic(image, broker, { election })(topic)
  const record = changePartition(TOPIC_ID, before, {}, rules)
  if (record === null) return null
  return applyRecords(image, [record]).topics.partition(TOPIC_ID, 0) ?? null
}

describe('elections', () => {
  it('takes the first in-sync replica in replica order and raises both epochs', () => {
    expect(elect({ ...three, isr: [3, 2] })).toMatchObject({
      leader: 2,
      isr: [3, 2],
      leaderEpoch: 6,
      partitionEpoch: 8,
      leaderRecovering: false,
    })
  })

  it('passes over replicas that are fenced, leaving or on a lost directory', () => {
    const fenced = applyRecords(clusterOf(3), [brokerRecord(1, { fenced: true })])
    const leaving = applyRecords(clusterOf(3), [brokerRecord(1, { inControlledShutdown: true })])
    const isr = [1, 2]
    expect(elect({ ...three, isr }, fenced)?.leader).toBe(2)
    expect(elect({ ...three, isr }, leaving)?.leader).toBe(2)
    const directories = [directoryIds.LOST, directoryOf(2), directoryOf(3)]
    expect(elect({ ...three, isr, directories })?.leader).toBe(2)
    const elsewhere = [directoryOf(77), directoryOf(2), directoryOf(3)]
    expect(elect({ ...three, isr, directories: elsewhere })?.leader).toBe(2)
    const open = [directoryIds.UNASSIGNED, directoryOf(2), directoryOf(3)]
    expect(elect({ ...three, isr, directories: open })?.leader).toBe(1)
  })

  it('never takes a replica that is out of sync while somebody is in sync', () => {
    const fenced = applyRecords(clusterOf(3), [brokerRecord(1, { fenced: true })])
    expect(elect({ ...three, isr: [1], eligibleLeaderReplicas: [2] }, withElr(fenced))).toBeNull()
  })

  it('takes an eligible replica where nobody is in sync, which makes it the only one', () => {
    const partition = { ...three, isr: [], eligibleLeaderReplicas: [3, 2], lastKnownElr: [1] }
    expect(elect(partition)).toMatchObject({
      leader: 2,
      isr: [2],
      elr: [3],
      lastKnownElr: [],
      leaderRecovering: false,
    })
  })

  it('takes the last known leader where nobody is eligible, as an unclean election', () => {
    expect(elect({ ...three, isr: [], lastKnownElr: [3] })).toMatchObject({
      leader: 3,
      isr: [3],
      lastKnownElr: [],
      leaderRecovering: true,
    })
    expect(elect({ ...three, isr: [], lastKnownElr: [2, 3] })).toBeNull()
    expect(elect({ ...three, isr: [] })).toBeNull()
  })
})
