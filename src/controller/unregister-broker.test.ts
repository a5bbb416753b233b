import { describe, expect, it } from 'vitest'
import { applyRecords } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import { clusterOf, contextOf, withElr, withTopic } from './harness.conformance.ts'
import { unregisterBroker } from './unregister-broker.ts'

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'

describe('unregisterBroker', () => {
  it('forgets the broker and what may be expected of it', () => {
    const image = withElr(
      withTopic(clusterOf(3), 'orders', TOPIC_ID, [
        { replicas: [1, 2, 3], isr: [1, 2, 3], leader: 3 },
        { replicas: [1, 3], isr: [1], leader: 1, eligibleLeaderReplicas: [3] },
        { replicas: [3], isr: [3], leader: 3 },
      ]),
    )
    const context = contextOf({ 'min.insync.replicas': '2' })
    const { records, response } = unregisterBroker(image, { brokerId: 3 }, context)
    const after = applyRecords(image, records)
    expect(response.errorCode).toBe(0)
    expect(after.cluster.broker(3)).toBeUndefined()
    expect(
      after.topics.byName('orders')?.partitions.map(({ leader, isr, elr }) => [leader, isr, elr]),
    ).toEqual([
      [1, [1, 2], []],
      [1, [1], []],
      [-1, [], []],
    ])
  })

  it('refuses a broker that is not registered', () => {
    const { records, response } = unregisterBroker(clusterOf(1), { brokerId: 7 }, contextOf())
    expect([records, errorName(response.errorCode)]).toEqual([[], 'BROKER_ID_NOT_REGISTERED'])
  })
})
