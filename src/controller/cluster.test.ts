import { describe, expect, it } from 'vitest'
import { Prng } from '../base/index.ts'
import { BrokerSettings, metadataRecord } from '../metadata/index.ts'
import type { PartitionImage } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import { QuorumError } from '../quorum/index.ts'
import { Controller } from './controller-driver.ts'
import { FakeQuorum, voter } from './fake-quorum.conformance.ts'
import { CLUSTER_ID, directoryOf, ManualClock } from './harness.conformance.ts'

const info = { apiVersion: 7, principal: 'User:ANONYMOUS' }

/** One controller and the brokers of a cluster, as messages. */
class Cluster {
  readonly clock = new ManualClock()
  readonly quorum = new FakeQuorum()
  readonly epochs = new Map<number, number>()
  readonly controller: Controller

  constructor(config: Readonly<Record<string, string>> = {}) {
    const prng = new Prng(1)
    const entropy = { random: () => prng.float(), randomBytes: (size: number) => prng.bytes(size) }
    const telemetry = {
      log: () => {},
      metrics: { register: () => () => undefined, all: () => [] },
    }
    const deps = { clock: this.clock, entropy, telemetry }
    this.quorum.voters = [voter(1), voter(2), voter(3)]
    this.controller = new Controller(deps, this.quorum, this.quorum.loader, {
      clusterId: CLUSTER_ID,
      nodeId: 1,
      broker: new BrokerSettings(
        new Map(Object.entries({ 'broker.session.timeout.ms': '8000', ...config })),
      ),
      bootstrap: [metadataRecord('featureLevel', { name: 'metadata.version', featureLevel: 30 })],
    })
  }

  async register(brokerId: number, incarnation = 100, directory = brokerId): Promise<string> {
    const { errorCode, brokerEpoch = -1 } = await this.controller.registerBroker({
      brokerId,
      clusterId: CLUSTER_ID,
      incarnationId: directoryOf(incarnation + brokerId),
      listeners: [],
      features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
      rack: `r${brokerId}`,
      isMigratingZkBroker: false,
      logDirs: [directoryOf(directory)],
      previousBrokerEpoch: -1,
    })
    if (errorCode === 0) this.epochs.set(brokerId, brokerEpoch)
    return errorName(errorCode)
  }

  beat(brokerId: number, wantShutDown = false) {
    return this.controller.brokerHeartbeat({
      brokerId,
      brokerEpoch: this.epochs.get(brokerId) ?? -1,
      currentMetadataOffset: this.quorum.nextOffset - 1,
      wantFence: false,
      wantShutDown,
      offlineLogDirs: [],
      cordonedLogDirs: null,
    })
  }

  /** Brokers 1 to 3, alive, and topic `a` with a partition on all of them. */
  static async ready(config: Readonly<Record<string, string>> = {}): Promise<Cluster> {
    const cluster = new Cluster(config)
    cluster.controller.lead(1)
    for (const id of [1, 2, 3]) {
      await cluster.register(id)
      await cluster.beat(id)
    }
    const topic = {
      name: 'a',
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: [1, 2, 3] }],
      configs: [],
    }
    await cluster.controller.createTopics(
      { topics: [topic], timeoutMs: 0, validateOnly: false },
      info,
    )
    return cluster
  }

  get partition(): PartitionImage {
    return this.quorum.loader.image.topics.byName('a')?.partitions[0] as PartitionImage
  }
}

/** Lets what waits go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('a cluster', () => {
  it('gets its brokers, places replicas on them, and follows its leaders', async () => {
    const cluster = await Cluster.ready()
    expect(cluster.partition).toMatchObject({ leader: 1, isr: [1, 2, 3], leaderEpoch: 0 })
    const answer = await cluster.controller.alterPartition({
      brokerId: 1,
      brokerEpoch: cluster.epochs.get(1) ?? -1,
      topics: [
        {
          topicId: cluster.quorum.loader.image.topics.byName('a')?.id ?? '',
          partitions: [
            {
              partitionIndex: 0,
              leaderEpoch: 0,
              newIsr: [],
              newIsrWithEpochs: [1, 2].map((brokerId) => {
                return { brokerId, brokerEpoch: cluster.epochs.get(brokerId) ?? -1 }
              }),
              leaderRecoveryState: 0,
              partitionEpoch: 0,
            },
          ],
        },
      ],
    })
    expect(answer.errorCode).toBe(0)
    expect(cluster.partition.isr).toEqual([1, 2])
  })

  it('places three replicas in three racks', async () => {
    const { controller, quorum } = await Cluster.ready()
    const topic = {
      name: 'b',
      numPartitions: 9,
      replicationFactor: 3,
      assignments: [],
      configs: [],
    }
    await controller.createTopics({ topics: [topic], timeoutMs: 0, validateOnly: false }, info)
    const partitions = quorum.loader.image.topics.byName('b')?.partitions ?? []
    expect(partitions).toHaveLength(9)
    for (const { replicas, isr, leader } of partitions) {
      expect([...replicas].sort((a, b) => a - b)).toEqual([1, 2, 3])
      expect(isr).toEqual(replicas)
      expect(leader).toBe(replicas[0])
    }
  })

  it('gives the partitions of a silent broker to others when its session ends', async () => {
    const cluster = await Cluster.ready()
    for (let second = 0; second < 8; second++) {
      cluster.clock.advance(1000)
      await Promise.all([cluster.beat(2), cluster.beat(3)])
    }
    expect(cluster.partition.leader).toBe(1)
    cluster.clock.advance(2000)
    expect(cluster.partition).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 1 })
    const { isFenced } = await cluster.beat(1)
    expect(isFenced).toBe(false)
    expect(cluster.partition).toMatchObject({ leader: 2, isr: [2, 3] })
  })

  it('does so at once when its process is known to be dead, if it is still that process', async () => {
    const cluster = await Cluster.ready()
    cluster.controller.brokerUnreachable(1, 999)
    expect(cluster.partition.leader).toBe(1)
    cluster.controller.brokerUnreachable(1, cluster.epochs.get(1) ?? -1)
    expect(cluster.partition).toMatchObject({ leader: 2, isr: [2, 3] })
    expect(await cluster.register(1, 200, 77)).toBe('NONE')
  })

  it('keeps a broker that lives from being replaced', async () => {
    const cluster = await Cluster.ready()
    expect(await cluster.register(1, 200, 77)).toBe('DUPLICATE_BROKER_REGISTRATION')
    cluster.clock.advance(10_000)
    expect(await cluster.register(1, 200, 77)).toBe('NONE')
  })

  it('lets a broker go when it has handed over, and takes it back at once', async () => {
    const cluster = await Cluster.ready()
    const first = await cluster.beat(1, true)
    expect([first.isFenced, first.shouldShutDown]).toEqual([false, false])
    expect(cluster.partition).toMatchObject({ leader: 2, isr: [2, 3] })
    await Promise.all([cluster.beat(2), cluster.beat(3)])
    const second = await cluster.beat(1, true)
    expect([second.isFenced, second.shouldShutDown]).toEqual([true, true])
    expect(await cluster.register(1, 200, 77)).toBe('NONE')
  })

  it('takes back a broker that was let go and stays', async () => {
    const cluster = await Cluster.ready()
    await cluster.beat(1, true)
    await Promise.all([cluster.beat(2), cluster.beat(3)])
    expect((await cluster.beat(1, true)).shouldShutDown).toBe(true)
    expect((await cluster.beat(1)).isFenced).toBe(false)
    expect((await cluster.beat(1)).shouldShutDown).toBe(false)
  })

  it('wants to be caught up with the newest registration of the same incarnation', async () => {
    const cluster = new Cluster()
    cluster.controller.lead(1)
    await cluster.register(1)
    const early = cluster.quorum.nextOffset - 1
    await cluster.register(1)
    const brokerEpoch = cluster.epochs.get(1) ?? -1
    const { isCaughtUp } = await cluster.controller.brokerHeartbeat({
      brokerId: 1,
      brokerEpoch,
      currentMetadataOffset: early,
      wantFence: false,
      wantShutDown: false,
      offlineLogDirs: [],
      cordonedLogDirs: null,
    })
    expect(early).toBe(brokerEpoch)
    expect(isCaughtUp).toBe(false)
  })

  it('gives leadership back to preferred replicas from time to time, however many they are', async () => {
    const cluster = await Cluster.ready({ 'broker.session.timeout.ms': '900000000' })
    const { controller, quorum, epochs } = cluster
    const assignments = Array.from({ length: 1500 }, (_, partitionIndex) => {
      return { partitionIndex, brokerIds: [1, 2] }
    })
    const topic = {
      name: 'many',
      numPartitions: -1,
      replicationFactor: -1,
      assignments,
      configs: [],
    }
    await controller.createTopics({ topics: [topic], timeoutMs: 0, validateOnly: false }, info)
    const many = () => quorum.loader.image.topics.byName('many')
    const leaders = () => new Set(many()?.partitions.map(({ leader }) => leader))
    controller.brokerUnreachable(1, epochs.get(1) ?? -1)
    await cluster.beat(1)
    expect([...leaders()]).toEqual([2])
    const partitions = (many()?.partitions ?? []).map(({ index, leaderEpoch, partitionEpoch }) => {
      return {
        partitionIndex: index,
        leaderEpoch,
        newIsr: [1, 2],
        newIsrWithEpochs: [],
        leaderRecoveryState: 0,
        partitionEpoch,
      }
    })
    await controller.alterPartition({
      brokerId: 2,
      brokerEpoch: epochs.get(2) ?? -1,
      topics: [{ topicId: many()?.id ?? '', partitions }],
    })
    expect([...leaders()]).toEqual([2])
    cluster.clock.advance(301_000)
    expect([...leaders()]).toEqual([1])
  })

  it('shows that it lives by records that change nothing, unless the controller has nobody to show it to', async () => {
    const cluster = await Cluster.ready()
    const { quorum } = cluster
    const before = quorum.nextOffset
    cluster.clock.advance(2000)
    expect(quorum.nextOffset - before).toBeGreaterThanOrEqual(3)
    quorum.voters = [voter(1)]
    const alone = quorum.nextOffset
    cluster.clock.advance(2000)
    expect(quorum.nextOffset).toBe(alone)
  })
})

describe('leadership of the quorum', () => {
  it('is needed for everything', async () => {
    const { controller } = new Cluster()
    const { topics } = await controller.createTopics(
      {
        topics: [
          { name: 'a', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
        ],
        timeoutMs: 0,
        validateOnly: false,
      },
      info,
    )
    expect(errorName(topics[0]?.errorCode ?? 0)).toBe('NOT_CONTROLLER')
    const heartbeat = await new Cluster().beat(1)
    expect(errorName(heartbeat.errorCode)).toBe('NOT_CONTROLLER')
    expect(controller.isActive).toBe(false)
    controller.brokerUnreachable(1, 1)
  })

  it('that is lost leaves nothing of what was not committed', async () => {
    const cluster = await Cluster.ready()
    const { controller, quorum } = cluster
    quorum.commitsAtOnce = false
    const waiting = cluster.register(4)
    await settle()
    quorum.lose()
    controller.resign()
    expect(await waiting).toBe('NOT_CONTROLLER')
    expect(await cluster.register(5)).toBe('NOT_CONTROLLER')
    quorum.refuse = null
    quorum.commitsAtOnce = true
    controller.lead(3)
    expect(await cluster.register(5)).toBe('NONE')
    expect([...quorum.loader.image.cluster.brokers.keys()].sort((a, b) => a - b)).toEqual([
      1, 2, 3, 5,
    ])
  })

  it('that is lost before the first record is no leadership', () => {
    const { controller, quorum } = new Cluster()
    quorum.refuse = new QuorumError('NOT_LEADER', 'gone')
    controller.lead(1)
    expect(controller.isActive).toBe(false)
    quorum.refuse = new QuorumError('LOG_DIR_FAILED', 'broken')
    expect(() => controller.lead(2)).toThrow('broken')
  })

  it('is given up when the quorum refuses a record', async () => {
    const cluster = await Cluster.ready()
    cluster.quorum.refuse = new QuorumError('NOT_LEADER', 'gone')
    expect(await cluster.register(4)).toBe('NOT_CONTROLLER')
    expect(cluster.controller.isActive).toBe(false)
    // Nothing runs on timers any more.
    cluster.quorum.refuse = null
    const { nextOffset } = cluster.quorum
    cluster.clock.advance(60_000)
    expect(cluster.quorum.nextOffset).toBe(nextOffset)
  })

  it('that is new gives every broker a full session', async () => {
    const cluster = await Cluster.ready()
    cluster.clock.advance(7000)
    cluster.controller.lead(2)
    cluster.clock.advance(7000)
    expect(cluster.partition.leader).toBe(1)
    cluster.clock.advance(3000)
    expect(cluster.quorum.loader.image.cluster.aliveBrokers()).toEqual([])
  })
})
