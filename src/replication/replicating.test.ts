import { describe, expect, test } from 'vitest'
import { errorCodes } from '../protocol/index.ts'
import { bytesOf, TestCluster } from './cluster.conformance.ts'
import type { ClusterOptions, TestBroker } from './cluster.conformance.ts'

async function started(options: Partial<ClusterOptions> = {}): Promise<TestCluster> {
  const cluster = new TestCluster({ seed: 1, ...options })
  await cluster.start()
  return cluster
}

function cut(cluster: TestCluster, one: number, other: number): void {
  const [a, b] = [cluster.broker(one).machine, cluster.broker(other).machine]
  cluster.world.network.block(a, b)
  cluster.world.network.block(b, a)
}

function heal(cluster: TestCluster, one: number, other: number): void {
  const [a, b] = [cluster.broker(one).machine, cluster.broker(other).machine]
  cluster.world.network.unblock(a, b)
  cluster.world.network.unblock(b, a)
}

async function expectSameLogs(cluster: TestCluster, index = 0): Promise<void> {
  const [first, ...others] = cluster.brokers.filter((broker) => broker.isUp)
  const bytes = await bytesOf(cluster, first as TestBroker, index)
  for (const other of others) {
    expect((await bytesOf(cluster, other, index)).equals(bytes)).toBe(true)
  }
}

describe('three brokers and a partition', () => {
  test('acks=all answers when all in sync have the record', async () => {
    const cluster = await started()
    const [one, two, three] = cluster.brokers as [TestBroker, TestBroker, TestBroker]
    const produced = cluster.produce(one, 'a')
    expect(one.partition().highWatermark).toBe(0)
    expect(await cluster.world.settle(produced)).toBe(0)
    expect(one.partition().highWatermark).toBe(1)
    for (const broker of [two, three]) expect(broker.partition().log.logEnd).toBe(1)
    await cluster.world.run({ forMs: 1_000 })
    for (const broker of [two, three]) expect(broker.partition().highWatermark).toBe(1)
    await expectSameLogs(cluster)
  })

  test('large answers, whose memory is used again and again, arrive unharmed', async () => {
    const cluster = await started({ log: { segmentBytes: 1_000_000 } })
    const { world } = cluster
    for (let round = 0; round < 10; round++) {
      const produced = Array.from({ length: 8 }, (_, i) =>
        cluster.produce(cluster.broker(1), String.fromCharCode(65 + round + i).repeat(50_000)),
      )
      expect(await world.settle(Promise.all(produced))).toEqual(produced.map(() => 0))
    }
    await world.run({ forMs: 1_000 })
    await expectSameLogs(cluster)
  })

  test('with flush.before.ack it is on three disks', async () => {
    const cluster = await started({ log: { flushBeforeAck: true } })
    expect(await cluster.world.settle(cluster.produce(cluster.broker(1), 'a'))).toBe(0)
    for (const broker of cluster.brokers) expect(broker.partition().log.durableEnd).toBe(1)
  })

  test('a new leader has all that was acknowledged, and the old one follows it', async () => {
    const cluster = await started({ minInsyncReplicas: 2 })
    const { world } = cluster
    for (const value of ['a', 'b', 'c']) {
      expect(await world.settle(cluster.produce(cluster.broker(1), value))).toBe(0)
    }
    cluster.crash(cluster.broker(1), false)
    await world.run({ forMs: 50 })
    expect(cluster.controller.partition()).toMatchObject({ leader: 2, isr: [2, 3] })
    expect(await world.settle(cluster.produce(cluster.broker(2), 'd'))).toBe(0)
    await world.settle(cluster.broker(1).start())
    await world.run({ forMs: 2_000 })
    expect(cluster.controller.partition().isr).toEqual([2, 3, 1])
    expect(cluster.broker(1).partition().log.logEnd).toBe(4)
    await expectSameLogs(cluster)
  })

  test('a leader that was alone with a record gives it up', async () => {
    const cluster = await started()
    const { world } = cluster
    expect(await world.settle(cluster.produce(cluster.broker(1), 'a'))).toBe(0)
    cut(cluster, 1, 2)
    cut(cluster, 1, 3)
    const lost = cluster.produce(cluster.broker(1), 'lost')
    await world.run({ forMs: 10 })
    cluster.controller.change(0, { leader: 2, isr: [2, 3] })
    expect(await world.settle(lost)).toBe(errorCodes.NOT_LEADER_OR_FOLLOWER)
    await world.run({ forMs: 50 })
    expect(await world.settle(cluster.produce(cluster.broker(2), 'b'))).toBe(0)
    heal(cluster, 1, 2)
    heal(cluster, 1, 3)
    await world.run({ forMs: 30_000 })
    expect(cluster.controller.partition().isr).toEqual([2, 3, 1])
    await expectSameLogs(cluster)
    expect(cluster.broker(1).partition().log.logEnd).toBe(2)
  })

  test('a follower that hears nothing leaves the in-sync set, and comes back', async () => {
    const cluster = await started({ properties: { 'replica.lag.time.max.ms': '2000' } })
    const { world } = cluster
    await world.run({ forMs: 1_000 })
    cut(cluster, 1, 3)
    const produced = cluster.produce(cluster.broker(1), 'a')
    await world.run({ forMs: 1_000 })
    expect(cluster.broker(1).partition().highWatermark).toBe(0)
    expect(await world.settle(produced)).toBe(0)
    expect(cluster.controller.partition().isr).toEqual([1, 2])
    heal(cluster, 1, 3)
    await world.run({ forMs: 10_000 })
    expect(cluster.controller.partition().isr).toEqual([1, 2, 3])
  })

  test('too few in sync: refused before the append, said after it', async () => {
    const cluster = await started({
      minInsyncReplicas: 2,
      properties: { 'replica.lag.time.max.ms': '2000' },
    })
    const { world } = cluster
    cluster.crash(cluster.broker(3), false)
    await world.run({ forMs: 100 })
    expect(await world.settle(cluster.produce(cluster.broker(1), 'a'))).toBe(0)
    cluster.crash(cluster.broker(2), false)
    const late = cluster.produce(cluster.broker(1), 'b')
    await world.run({ forMs: 100 })
    expect(await world.settle(cluster.produce(cluster.broker(1), 'c'))).toBe(
      errorCodes.NOT_ENOUGH_REPLICAS,
    )
    expect(cluster.broker(1).partition().highWatermark).toBe(1)
    expect(await world.settle(late)).toBe(errorCodes.REQUEST_TIMED_OUT)
  })
})
