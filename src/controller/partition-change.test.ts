import { describe, expect, it } from 'vitest'
import { applyRecords } from '../metadata/index.ts'
import type { MetadataImage, PartitionImage, RecordValue, TopicImage } from '../metadata/index.ts'
import type { ElectionKind } from './elections.ts'
import {
  brokerRecord,
  clusterOf,
  contextOf,
  directoryOf,
  withElr,
  withTopic,
} from './harness.conformance.ts'
import { changePartition } from './partition-change.ts'
import type { PartitionTarget } from './partition-change.ts'
import { rulesByTopic } from './topic-rules.ts'

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const three = { replicas: [1, 2, 3], isr: [1, 2, 3], leader: 1, leaderEpoch: 5 }
const without = (...ids: number[]): MetadataImage => {
  const records = ids.map((id) => brokerRecord(id, { fenced: true }))
  return applyRecords(withElr(clusterOf(5)), records)
}

function change(
  partition: Partial<RecordValue<'partition'>>,
  target: PartitionTarget,
  {
    cluster = without(),
    election = 'online',
  }: { readonly cluster?: MetadataImage; readonly election?: ElectionKind } = {},
): PartitionImage | null {
  const image = withTopic(cluster, 'orders', TOPIC_ID, [{ ...three, ...partition }])
  const topic = image.topics.byId(TOPIC_ID) as TopicImage
  const { broker } = contextOf({ 'min.insync.replicas': '2' })
  const rules = rulesByTopic(image, broker, { election })(topic)
  const before = topic.partitions[0] as PartitionImage
  const record = changePartition(TOPIC_ID, before, target, rules)
  if (record === null) return null
  return applyRecords(image, [record]).topics.partition(TOPIC_ID, 0) ?? null
}

describe('eligible leader replicas', () => {
  it('are those who left while too few stayed in sync, and who were it already', () => {
    expect(change({}, { isr: [1, 2] })?.elr).toEqual([])
    expect(change({ isr: [1, 2] }, { isr: [1] })?.elr).toEqual([2])
    expect(change({ isr: [1], eligibleLeaderReplicas: [2] }, { isr: [] })?.elr).toEqual([2, 1])
    expect(change({ isr: [1], eligibleLeaderReplicas: [2] }, { isr: [1, 3] })?.elr).toEqual([])
  })

  it('are none of those who stopped uncleanly or are no replicas any more', () => {
    const isr = [1, 2]
    expect(change({ isr }, { isr: [1], uncleanShutdown: 2 })?.elr).toEqual([])
    const moved = change({ isr }, { replicas: [1, 3], isr: [1] })
    expect(moved).toMatchObject({ replicas: [1, 3], isr: [1], elr: [], leaderEpoch: 6 })
  })

  it('end with an unclean election', () => {
    const partition = { isr: [], leader: -1, eligibleLeaderReplicas: [3], lastKnownElr: [1] }
    const outcome = change(partition, {}, { cluster: without(1, 3), election: 'unclean' })
    expect(outcome).toMatchObject({ leader: 2, isr: [2], elr: [], leaderRecovering: true })
  })

  it('are gone where the feature was turned off, but not before somebody is in sync', () => {
    const cluster = clusterOf(3)
    const gone = (partition: Partial<RecordValue<'partition'>>, away: readonly number[] = []) => {
      const records = away.map((id) => brokerRecord(id, { fenced: true }))
      return change(partition, {}, { cluster: applyRecords(cluster, records) })
    }
    expect(gone({ isr: [1], eligibleLeaderReplicas: [2] })?.elr).toEqual([])
    const empty = { isr: [], leader: -1, eligibleLeaderReplicas: [2, 3] }
    expect(gone(empty, [2, 3])).toBeNull()
    expect(gone(empty, [2])).toMatchObject({
      leader: 3,
      isr: [3],
      elr: [],
      leaderRecovering: false,
    })
  })
})

describe('the last known leader', () => {
  it('is remembered when nobody leads any more, and forgotten when somebody does', () => {
    const lost = change({ isr: [1] }, { isr: [] }, { cluster: without(1) })
    expect(lost).toMatchObject({ leader: -1, isr: [], elr: [1], lastKnownElr: [1] })
    const found = change(
      { isr: [], leader: -1, eligibleLeaderReplicas: [2], lastKnownElr: [1] },
      {},
    )
    expect(found).toMatchObject({ leader: 2, isr: [2], lastKnownElr: [] })
  })

  it('is not elected while others are in sync or eligible, nor when it is no replica any more', () => {
    const lost = { isr: [], leader: -1, lastKnownElr: [1] }
    expect(change({ ...lost, eligibleLeaderReplicas: [2] }, {}, { cluster: without(2) })).toBeNull()
    expect(change({ ...lost, lastKnownElr: [4] }, {})).toBeNull()
    expect(change(lost, {})).toMatchObject({ leader: 1, isr: [1], leaderRecovering: true })
  })
})

describe('a preferred election', () => {
  it('takes the first replica if it is in sync, else leaves the leader', () => {
    const preferred = { election: 'preferred' } as const
    expect(change({ leader: 2 }, {}, preferred)).toMatchObject({ leader: 1, leaderEpoch: 6 })
    expect(change({ leader: 2, isr: [2, 3] }, {}, preferred)).toBeNull()
    expect(change({ leader: 2 }, {})).toBeNull()
    const cluster = without(2)
    expect(change({ leader: 2, isr: [3, 2] }, {}, { ...preferred, cluster })?.leader).toBe(3)
  })
})

describe('directories', () => {
  it('of new replicas are their only one, or left to the broker', () => {
    const two = brokerRecord(5, { logDirs: [directoryOf(5), directoryOf(95)] })
    const cluster = applyRecords(without(), [two])
    const outcome = change({}, { replicas: [1, 2, 3, 4, 5] }, { cluster })
    expect(outcome?.directories.slice(3)).toEqual([directoryOf(4), 'AAAAAAAAAAAAAAAAAAAAAQ'])
  })
})
