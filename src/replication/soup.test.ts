/** Random histories of three brokers and one partition: crashes, power cuts, cut networks, elections, a controller that is slow or silent. */
import { describe, expect, test } from 'vitest'
import type { Prng } from '../base/index.ts'
import { readRecords, wholeBatches } from '../records/index.ts'
import { bytesOf, TestCluster } from './cluster.conformance.ts'
import type { TestBroker } from './cluster.conformance.ts'

interface Soup {
  readonly seed: number
  readonly isFlushed: boolean
  /** Powers off machines, all at once now and then; without it only processes die. */
  readonly hasPowerCuts: boolean
}

/** One history, and what it must leave behind. */
class History {
  readonly cluster: TestCluster
  readonly #prng: Prng
  readonly #hasPowerCuts: boolean
  readonly acked = new Set<string>()
  readonly #highWatermarks = new Map<string, number>()
  #produced = 0

  constructor({ seed, isFlushed, hasPowerCuts }: Soup) {
    this.cluster = new TestCluster({
      seed,
      minInsyncReplicas: 2,
      log: { flushBeforeAck: isFlushed, segmentBytes: 2_000, retentionMs: -1 },
      properties: { 'replica.lag.time.max.ms': '1000', 'replica.fetch.backoff.ms': '200' },
      network: { cutChance: 0.002, stallChance: 0.01, stallMs: [1, 300] },
    })
    this.#prng = this.cluster.world.prng('history')
    this.#hasPowerCuts = hasPowerCuts
  }

  async run(): Promise<void> {
    const { cluster } = this
    await cluster.start()
    const steps = this.#prng.int(20, 80)
    for (let step = 0; step < steps; step++) {
      this.#disturb()
      const untilMs = this.#prng.int(1, 600)
      for (let ms = 0; ms < untilMs; ms += 20) {
        this.#produce()
        await cluster.world.run({ forMs: 20 })
        this.#checkHighWatermarks()
      }
    }
    await this.#heal()
  }

  #produce(): void {
    const { leader } = this.cluster.controller.partition()
    // Also to who only believes to lead.
    const target = this.#prng.int(0, 9) === 0 ? this.#anyBroker() : this.#brokerOrNull(leader)
    if (target === null || !target.isUp || target.image.topics.size === 0) return
    for (let i = this.#prng.int(0, 3); i > 0; i--) {
      const value = `v${this.#produced++}`
      void this.cluster.produce(target, value).then((code) => {
        if (code === 0) this.acked.add(value)
      })
    }
  }

  #disturb(): void {
    const { cluster } = this
    const broker = this.#anyBroker()
    const other = this.#anyBroker()
    switch (this.#prng.int(0, 11)) {
      case 0:
      case 1:
        if (broker.isUp) cluster.crash(broker, this.#hasPowerCuts && this.#prng.int(0, 1) === 0)
        return
      case 2:
        if (this.#hasPowerCuts) for (const one of cluster.brokers) cluster.crash(one, true)
        return
      case 3:
      case 4:
      case 5:
        for (const one of cluster.brokers) if (!one.isUp) void one.start()
        return
      case 6:
        if (broker !== other) cluster.world.network.block(broker.machine, other.machine)
        return
      case 7:
        this.#unblock()
        return
      case 8:
        if (broker.isUp) cluster.controller.fence(broker)
        return
      case 9:
        if (broker.isUp) cluster.controller.unfence(broker)
        return
      case 10:
        cluster.controller.isSilent = this.#prng.int(0, 1) === 0
        return
      default:
        this.#elect()
    }
  }

  /** Somebody else of the in-sync set leads, for no reason. */
  #elect(): void {
    const { controller } = this.cluster
    const { isr } = controller.partition()
    const leader = isr[this.#prng.int(0, isr.length - 1)] as number
    if (controller.image.cluster.isActive(leader)) controller.change(0, { leader })
  }

  #unblock(): void {
    const { brokers, world } = this.cluster
    for (const a of brokers)
      for (const b of brokers) if (a !== b) world.network.unblock(a.machine, b.machine)
  }

  async #heal(): Promise<void> {
    const { cluster } = this
    const { world, controller } = cluster
    this.#unblock()
    controller.isSilent = false
    for (const broker of cluster.brokers) {
      if (!broker.isUp) await world.settle(broker.start())
      else controller.unfence(broker)
    }
    await world.run({
      forMs: 200_000,
      until: () => controller.partition().isr.length === 3 && this.#isLevel(),
    })
  }

  #isLevel(): boolean {
    const ends = this.cluster.brokers.map((broker) => broker.partition())
    return ends.every(
      ({ highWatermark, log }) =>
        log.logEnd === ends[0]?.log.logEnd && highWatermark === log.logEnd,
    )
  }

  /** What a node says is committed never goes back while it leads. */
  #checkHighWatermarks(): void {
    for (const broker of this.cluster.brokers) {
      if (!broker.isUp || broker.image.topics.size === 0) continue
      const { leader, highWatermark } = broker.partition()
      if (leader === null) continue
      const key = `${broker.id}/${leader.epoch}`
      expect(highWatermark).toBeGreaterThanOrEqual(this.#highWatermarks.get(key) ?? 0)
      this.#highWatermarks.set(key, highWatermark)
    }
  }

  async check(): Promise<void> {
    const { cluster } = this
    expect(cluster.controller.partition().isr).toHaveLength(3)
    const bytes = await bytesOf(cluster, cluster.broker(1))
    for (const broker of cluster.brokers) {
      expect((await bytesOf(cluster, broker)).equals(bytes)).toBe(true)
      expect(broker.partition().highWatermark).toBe(broker.partition().log.logEnd)
    }
    const values: string[] = []
    for (const header of wholeBatches(bytes)) {
      for (const { value } of readRecords(bytes, header)) values.push(String(value))
    }
    const lost = [...this.acked].filter((value) => !values.includes(value))
    const repeated = values.length - new Set(values).size
    expect({ lost: lost.slice(0, 5), lostCount: lost.length, repeated }).toEqual({
      lost: [],
      lostCount: 0,
      repeated: 0,
    })
  }

  #anyBroker(): TestBroker {
    return this.cluster.broker(this.#prng.int(1, 3))
  }

  #brokerOrNull(id: number): TestBroker | null {
    return id < 1 ? null : this.cluster.broker(id)
  }
}

const SEEDS = Number(process.env['SOUP_SEEDS'] ?? 15)
const FIRST = Number(process.env['SOUP_FIRST'] ?? 1)

describe.each([
  { isFlushed: false, hasPowerCuts: false },
  { isFlushed: true, hasPowerCuts: true },
])('flush before ack: $isFlushed, power cuts: $hasPowerCuts', (kind) => {
  let ackedCount = 0
  test.each(Array.from({ length: SEEDS }, (_, i) => FIRST + i))('seed %d', async (seed) => {
    const history = new History({ seed, ...kind })
    await history.run()
    await history.check()
    ackedCount += history.acked.size
  })

  test('and much was acknowledged', () => {
    expect(ackedCount / SEEDS).toBeGreaterThan(20)
  })
})
