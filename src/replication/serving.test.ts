/** What brokers answer to those who fetch and ask, while leadership and replicas change. */
import { describe, expect, test } from 'vitest'
import type { Io } from '../io/index.ts'
import { metadataRecord } from '../metadata/index.ts'
import {
  errorCodes,
  FetchRequest,
  FetchResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
} from '../protocol/index.ts'
import { NodeConnection } from '../rpc/index.ts'
import { TestCluster, TOPIC_ID } from './cluster.conformance.ts'
import type { ClusterOptions } from './cluster.conformance.ts'

class Bench {
  readonly cluster: TestCluster
  #io: Io | null = null

  constructor(options: Partial<ClusterOptions> = {}) {
    this.cluster = new TestCluster({ seed: 1, ...options })
  }

  async start(): Promise<this> {
    await this.cluster.start()
    const { world } = this.cluster
    world.machine('client').start('client', ({ io }) => {
      this.#io = io
      return Promise.resolve()
    })
    await world.run({ forMs: 5 })
    return this
  }

  async produce(count: number, brokerId = 1): Promise<void> {
    for (let i = 0; i < count; i++) {
      const produced = this.cluster.produce(this.cluster.broker(brokerId), `r${i}`)
      expect(await this.cluster.world.settle(produced)).toBe(0)
    }
  }

  async connect(brokerId: number): Promise<NodeConnection> {
    const { network, clock } = this.#io as Io
    const { address: host } = this.cluster.broker(brokerId).machine
    const options = { network, clock, host, port: 9092, clientId: 'c', timeoutMs: 5_000 }
    return this.cluster.world.settle(NodeConnection.connect(options))
  }

  async fetch(brokerId: number, call: { offset?: number; rackId?: string; replicaId?: number }) {
    const connection = await this.connect(brokerId)
    const partition = {
      partition: 0,
      fetchOffset: call.offset ?? 0,
      partitionMaxBytes: 1_000_000,
    }
    const request = {
      replicaId: -1,
      replicaState: { replicaId: call.replicaId ?? -1, replicaEpoch: -1 },
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 1_000_000,
      rackId: call.rackId ?? '',
      topics: [{ topic: 't', topicId: TOPIC_ID, partitions: [partition] }],
      forgottenTopicsData: [],
    }
    const answer = await this.cluster.world.settle(
      connection.send(FetchRequest, FetchResponse, request),
    )
    connection.close()
    const found = answer.responses[0]?.partitions[0]
    if (found === undefined) throw new Error(`No answer: ${answer.errorCode}`)
    return found
  }

  async listOffset(brokerId: number, timestamp: number, replicaId = -1) {
    const connection = await this.connect(brokerId)
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, timestamp }] }]
    const answer = await this.cluster.world.settle(
      connection.send(ListOffsetsRequest, ListOffsetsResponse, { replicaId, topics }),
    )
    connection.close()
    return answer.topics[0]?.partitions[0]
  }

  setTopicConfig(name: string, value: string): void {
    const record = { resourceType: 2, resourceName: 't', name, value }
    this.cluster.controller.commit(metadataRecord('config', record))
  }
}

const RACKS = {
  'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
}

describe('fetching from the nearest replica (KIP-392)', () => {
  test('the leader names an in-sync follower in the rack; that one serves up to its high watermark', async () => {
    const bench = await new Bench({ racks: ['a', 'b', 'c'], properties: RACKS }).start()
    await bench.produce(3)
    await bench.cluster.world.run({ forMs: 1_000 })
    const hint = await bench.fetch(1, { rackId: 'b' })
    expect(hint).toMatchObject({ errorCode: 0, preferredReadReplica: 2 })
    expect(hint.records?.length).toBe(0)
    expect((await bench.fetch(1, { rackId: 'a' })).preferredReadReplica).toBe(-1)
    expect((await bench.fetch(1, { rackId: 'x' })).records?.length).toBeGreaterThan(0)
    const read = await bench.fetch(2, { rackId: 'b' })
    expect(read).toMatchObject({ errorCode: 0, highWatermark: 3 })
    expect(read.records?.length).toBeGreaterThan(0)
    expect((await bench.fetch(2, { rackId: 'b', offset: 4 })).errorCode).toBe(
      errorCodes.OFFSET_OUT_OF_RANGE,
    )
  })

  test('without a selector nobody is sent away', async () => {
    const bench = await new Bench({ racks: ['a', 'b', 'c'] }).start()
    await bench.produce(1)
    expect((await bench.fetch(1, { rackId: 'b' })).preferredReadReplica).toBe(-1)
  })
})

describe('who is not a replica, or not the leader', () => {
  test('a broker that is no replica is told to wait for newer metadata', async () => {
    const bench = await new Bench().start()
    expect((await bench.fetch(1, { replicaId: 7 })).errorCode).toBe(errorCodes.UNKNOWN_LEADER_EPOCH)
    expect(await bench.fetch(2, { replicaId: 3 })).toMatchObject({
      errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER,
      currentLeader: { leaderId: 1, leaderEpoch: 0 },
    })
  })
})

describe('offsets on a new leader', () => {
  test('the latest is not available before the high watermark has reached the start of the epoch', async () => {
    const bench = await new Bench().start()
    const { world, controller, brokers } = bench.cluster
    await bench.produce(3)
    // The followers have the records, and have not heard that they are committed.
    for (const other of brokers.slice(1)) {
      world.network.block(other.machine, brokers[0]!.machine)
      world.network.block(brokers[0]!.machine, other.machine)
    }
    expect(brokers[1]!.partition().highWatermark).toBeLessThan(3)
    world.network.block(brokers[2]!.machine, brokers[1]!.machine)
    controller.change(0, { leader: 2, isr: [2, 3] })
    await world.run({ forMs: 20 })
    const asked = await bench.listOffset(2, -1)
    expect(asked).toMatchObject({ errorCode: errorCodes.OFFSET_NOT_AVAILABLE })
    expect(await bench.listOffset(2, -2)).toMatchObject({ errorCode: 0, offset: 0 })
    expect(await bench.listOffset(2, -1, 3)).toMatchObject({ errorCode: 0, offset: 3 })
    world.network.unblock(brokers[2]!.machine, brokers[1]!.machine)
    await world.run({ forMs: 3_000 })
    expect(await bench.listOffset(2, -1)).toMatchObject({ errorCode: 0, offset: 3 })
  })
})

describe('replicas come and go', () => {
  test('a replica that is taken away is deleted; one that comes anew copies all', async () => {
    const bench = await new Bench().start()
    const { world, controller } = bench.cluster
    await bench.produce(3)
    controller.change(0, { replicas: [1, 2], isr: [1, 2] })
    await world.run({ forMs: 50 })
    expect(bench.cluster.broker(3).logs?.get('t', 0)).toBeNull()
    await bench.produce(1)
    controller.change(0, { replicas: [1, 2, 3] })
    await world.run({ forMs: 1_000 })
    expect(bench.cluster.broker(3).partition().log.logEnd).toBe(4)
    expect(controller.partition().isr).toEqual([1, 2, 3])
  })

  test('a follower that was away for longer than the leader keeps records begins anew', async () => {
    const bench = await new Bench({ log: { segmentBytes: 200 } }).start()
    const { world, brokers } = bench.cluster
    await bench.produce(2)
    bench.cluster.crash(brokers[2]!, false)
    await world.run({ forMs: 50 })
    await bench.produce(8)
    await world.settle(brokers[0]!.partition().log.deleteRecordsBefore(6))
    await world.settle(brokers[2]!.start())
    await world.run({ forMs: 2_000 })
    const { log } = brokers[2]!.partition()
    expect([log.logStart, log.logEnd]).toEqual([6, 10])
    expect(bench.cluster.controller.partition().isr).toEqual([1, 2, 3])
  })

  test('the start of the log follows the leader', async () => {
    const bench = await new Bench().start()
    const { world, brokers } = bench.cluster
    await bench.produce(5)
    await world.settle(brokers[0]!.partition().log.deleteRecordsBefore(3))
    await world.run({ forMs: 1_000 })
    for (const broker of brokers) expect(broker.partition().log.logStart).toBe(3)
  })

  test('an unclean leader wins: what it lacks is cut from the others', async () => {
    const bench = await new Bench().start()
    const { world, controller, brokers } = bench.cluster
    await bench.produce(2)
    bench.cluster.crash(brokers[2]!, false)
    await world.run({ forMs: 50 })
    await bench.produce(3)
    bench.cluster.crash(brokers[0]!, false)
    bench.cluster.crash(brokers[1]!, false)
    await world.settle(brokers[2]!.start())
    controller.elect(true)
    await world.run({ forMs: 50 })
    await bench.produce(1, 3)
    for (const broker of brokers.slice(0, 2)) await world.settle(broker.start())
    await world.run({ forMs: 3_000 })
    expect(controller.partition().leader).toBe(3)
    expect(controller.partition().isr.toSorted((a, b) => a - b)).toEqual([1, 2, 3])
    for (const broker of brokers) expect(broker.partition().log.logEnd).toBe(3)
  })
})

describe('fetchers', () => {
  test('a partition that is new to a fetcher does not wait for the fetch that is parked at the leader', async () => {
    const bench = await new Bench({ partitionCount: 4 }).start()
    const { world, controller } = bench.cluster
    await world.run({ forMs: 2_000 })
    // Partition 1 moves from broker 2 to broker 1, from whom the others fetch already.
    controller.change(1, { leader: 1 })
    await world.run({ forMs: 20 })
    const begunMs = world.nowMs
    expect(await world.settle(bench.cluster.produce(bench.cluster.broker(1), 'x', -1, 1))).toBe(0)
    expect(world.nowMs - begunMs).toBeLessThan(60)
  })

  test('nor does one whose leader has not heard yet that it leads', async () => {
    const bench = await new Bench({ partitionCount: 4 }).start()
    const { world, controller, brokers } = bench.cluster
    await world.run({ forMs: 2_000 })
    // Broker 1 learns last that it leads partition 1: who fetches from it before is refused.
    bench.cluster.metadataDelayMs.set(1, 30)
    controller.change(1, { leader: 1 })
    await world.run({ forMs: 60 })
    const begunMs = world.nowMs
    expect(await world.settle(bench.cluster.produce(brokers[0]!, 'x', -1, 1))).toBe(0)
    expect(world.nowMs - begunMs).toBeLessThan(120)
  })

  test('a port that refuses is tried again and again, ever more slowly', async () => {
    const bench = await new Bench({
      nodeCount: 2,
      properties: { 'replica.fetch.backoff.ms': '1000' },
    }).start()
    const { world, brokers } = bench.cluster
    brokers[0]!.process?.kill()
    await world.run({ forMs: 100 })
    const before = world.eventCount
    await world.run({ forMs: 60_000 })
    expect(world.eventCount - before).toBeLessThan(2_000)
  })

  test('a follower out of sync is held to the throttle, on either side', async () => {
    for (const side of ['leader', 'follower']) {
      const key = `${side}.replication.throttled`
      const bench = await new Bench({ properties: { [`${key}.rate`]: '1000' } }).start()
      const { world, brokers, controller } = bench.cluster
      bench.cluster.crash(brokers[2]!, false)
      await world.run({ forMs: 50 })
      for (let i = 0; i < 20; i++) {
        await world.settle(bench.cluster.produce(brokers[0]!, 'x'.repeat(500)))
      }
      bench.setTopicConfig(`${key}.replicas`, side === 'leader' ? '0:1' : '*')
      bench.setTopicConfig('max.message.bytes', '100')
      await world.run({ forMs: 50 })
      await world.settle(brokers[2]!.start())
      const begunMs = world.nowMs
      await world.run({ forMs: 60_000, until: () => controller.partition().isr.length === 3 })
      // All of it comes with one fetch, which overdraws the bucket; what comes next waits for that.
      expect(controller.partition().isr).toHaveLength(3)
      for (let i = 0; i < 3; i++) {
        await world.settle(bench.cluster.produce(brokers[0]!, 'y'))
      }
      expect(world.nowMs - begunMs).toBeLessThan(30_000)
    }
  })
})
