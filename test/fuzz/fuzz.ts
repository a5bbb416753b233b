/** A node under attack by mutated frames, beside a client that does everything right. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Prng } from '../../src/base/index.ts'
import type { NodeConnection } from '../../src/rpc/index.ts'
import { attack } from './attacker.ts'
import { hostileBatch } from './batches.ts'
import { BROKER_ID } from './drafts.ts'
import { makeCorpus } from './corpus.ts'
import type { Served } from './corpus.ts'
import { connectTo, createTopics, GoodClient } from './good-client.ts'
import { deleteGroups, deleteStrangeTopics } from './janitor.ts'
import { Mutator } from './mutate.ts'
import { RoundMaker } from './rounds.ts'
import type { Counts } from './rounds.ts'
import { WatchedNode } from './watched-node.ts'
import type { Stall, WatchReport } from './watch-loop.ts'

const MIB = 1024 * 1024
/** What may stay behind: pages that the allocator keeps, code that was compiled. */
const HEAP_GROWTH_MAX = 24 * MIB
const RSS_GROWTH_MAX = 96 * MIB
const DESCRIPTORS_GROWTH_MAX = 20
const SETTLE_MS_MAX = 40_000
const ANOMALIES_MAX = 20
/** No request of the good client may take longer. */
const LATENCY_MS_MAX = 5_000
/** The memory that counts as the beginning is what is there after some of everything. */
const WARM_UP_SHARE = 0.03
const WARM_UP_FRAMES_MAX = 30_000
const WARM_UP_HEAVY_EVERY = 50
const REPORT_EVERY_MS = 30_000
const CLEAN_EVERY_MS = 2_000

/** Quick clocks where the node would otherwise remember for hours what the frames left behind. */
const SETTINGS = {
  'auto.create.topics.enable': 'false',
  'group.max.session.timeout.ms': '6500',
  'log.segment.delete.delay.ms': '500',
  'offsets.topic.num.partitions': '4',
  'producer.id.expiration.ms': '5000',
  'producer.id.expiration.check.interval.ms': '1000',
  'log.retention.check.interval.ms': '5000',
}
const LIMITS = { 'retention.bytes': '8388608', 'segment.bytes': '1048576' }
const GROUPS = ['fuzz-0', 'fuzz-1', 'fuzz-2', 'fuzz-3', '']

export interface FuzzOptions {
  readonly frames: number
  readonly secondsMax: number
  readonly seed: number
  /** Hostile connections at a time. */
  readonly attackers: number
  readonly requestsPerVersion: number
  /** One frame in so many is as costly as the limits allow. */
  readonly heavyEvery: number
  /** The node may not stand still longer. */
  readonly stallMsMax: number
  /** Whether memory and descriptors must be back where they were: a short run is all beginning. */
  readonly isMemoryJudged: boolean
  readonly note: (text: string) => void
}

export interface FuzzResult {
  /** Why the node did not stand the test; empty: it did. */
  readonly problems: readonly string[]
  readonly counts: Counts
  readonly seconds: number
}

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const node = await WatchedNode.start(SETTINGS)
  const run = new FuzzRun(options, node)
  try {
    return await run.run()
  } finally {
    if (node.child.running) await node.child.stop()
  }
}

class FuzzRun {
  readonly #options: FuzzOptions
  readonly #node: WatchedNode
  readonly #problems: string[] = []
  readonly #keep = new Set(['__consumer_offsets', 'good'])
  #anomalies = 0
  #worst: Stall | null = null

  constructor(options: FuzzOptions, node: WatchedNode) {
    this.#options = options
    this.#node = node
  }

  async run(): Promise<FuzzResult> {
    const { frames, secondsMax, note } = this.#options
    await this.#node.report() // Starting is not counted.
    const admin = await connectTo(this.#node.port)
    const { maker, mutator } = await this.#prepare(admin)
    const good = await GoodClient.start(this.#node.port, 'good')
    const running = good.run()

    mutator.heavyEvery = WARM_UP_HEAVY_EVERY
    const warmUpFrames = Math.min(Math.ceil(frames * WARM_UP_SHARE), WARM_UP_FRAMES_MAX)
    await this.#attack(admin, maker, warmUpFrames, secondsMax)
    mutator.heavyEvery = this.#options.heavyEvery
    const before = await this.#settled(admin, null)
    note(`before: ${describe(before)}`)

    const startMs = performance.now()
    const sentBefore = maker.counts.sent
    await this.#attack(admin, maker, frames, secondsMax)
    const seconds = (performance.now() - startMs) / 1000
    const rate = Math.round((maker.counts.sent - sentBefore) / seconds)
    note(`${maker.counts.sent} frames, ${rate} a second; ${JSON.stringify(maker.counts)}`)

    const after = await this.#settled(admin, before)
    note(`after: ${describe(after)}`)
    good.stop()
    await running
    good.close()
    admin.close()
    this.#judge(good, before, after, maker.counts, seconds)
    await this.#stop()
    return { problems: this.#problems, counts: maker.counts, seconds }
  }

  async #prepare(admin: NodeConnection): Promise<{ maker: RoundMaker; mutator: Mutator }> {
    const { seed, requestsPerVersion, heavyEvery } = this.#options
    const topics = await createTopics(admin, [
      { name: 'fuzz-plain', partitions: 3, configs: LIMITS },
      {
        name: 'fuzz-strict',
        partitions: 1,
        configs: {
          ...LIMITS,
          'max.message.bytes': '2000',
          'message.timestamp.type': 'LogAppendTime',
          'compression.type': 'lz4',
        },
      },
      {
        name: 'fuzz-compact',
        partitions: 2,
        configs: { 'cleanup.policy': 'compact', 'flush.messages': '10' },
      },
    ])
    for (const { name } of topics) this.#keep.add(name)
    const versions = admin.apiVersions?.apiKeys ?? []
    const served: Served = new Map(
      versions.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]),
    )
    const prng = new Prng(seed)
    const world = {
      topics,
      groups: GROUPS,
      brokerId: BROKER_ID,
      batch: () => (prng.chance(0.95) ? hostileBatch(prng) : null),
    }
    const corpus = makeCorpus(prng, world, served, requestsPerVersion)
    this.#options.note(
      `${corpus.frames.length} requests of ${served.size} APIs, ${corpus.heavy.length} heavy ones`,
    )
    const mutator = new Mutator(prng, corpus, heavyEvery)
    return { mutator, maker: new RoundMaker(prng, mutator, served) }
  }

  /** Attacks until `frames` have been sent in all. */
  async #attack(
    admin: NodeConnection,
    maker: RoundMaker,
    frames: number,
    secondsMax: number,
  ): Promise<void> {
    const { attackers, seed } = this.#options
    const endMs = performance.now() + secondsMax * 1000
    const goesOn = (): boolean =>
      maker.counts.sent < frames &&
      performance.now() < endMs &&
      this.#node.child.running &&
      this.#anomalies < ANOMALIES_MAX
    const all = Array.from({ length: attackers }, (_, index) =>
      attack({
        port: this.#node.port,
        prng: new Prng(seed + index + 1),
        maker,
        goesOn,
        onAnomaly: (what, frame) => this.#onAnomaly(what, frame),
      }),
    )
    const cleaning = this.#clean(admin, goesOn)
    const reporting = this.#reportNow(maker, goesOn)
    await Promise.all([...all, cleaning, reporting]).catch((error: unknown) => {
      this.#problems.push(`the attack ended: ${(error as Error).message}`)
    })
  }

  #onAnomaly(what: string, frame: Buffer): void {
    this.#anomalies += 1
    const hex = frame.subarray(0, 200).toString('hex')
    this.#problems.push(`${what} (${frame.length} bytes): ${hex}`)
  }

  async #clean(admin: NodeConnection, goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await deleteStrangeTopics(admin, this.#keep)
      for (let ms = 0; ms < CLEAN_EVERY_MS && goesOn(); ms += 50) await sleep(50)
    }
  }

  async #reportNow(maker: RoundMaker, goesOn: () => boolean): Promise<void> {
    for (let ms = 50; goesOn(); ms += 50) {
      await sleep(50)
      if (ms % REPORT_EVERY_MS !== 0) continue
      const report = await this.#report()
      this.#options.note(`${maker.counts.sent} frames; ${describe(report)}`)
    }
  }

  async #report(): Promise<WatchReport> {
    const report = await this.#node.report()
    for (const stall of report.stalls) this.#options.note(`stall: ${describeStall(stall)}`)
    if (report.worst.ownMs > (this.#worst?.ownMs ?? 0)) this.#worst = report.worst
    return report
  }

  /** What the node holds once it has forgotten what it may forget: not more than in `before`, if it can. */
  async #settled(admin: NodeConnection, before: WatchReport | null): Promise<WatchReport> {
    const endMs = performance.now() + SETTLE_MS_MAX
    let report = await this.#report()
    for (;;) {
      const topics = await deleteStrangeTopics(admin, this.#keep)
      const groups = await deleteGroups(admin)
      await sleep(1000)
      report = await this.#report()
      const isClean = topics === 0 && groups === 0
      const isBack =
        before === null || !this.#options.isMemoryJudged || growthOf(before, report).length === 0
      if ((isClean && isBack) || performance.now() > endMs) return report
    }
  }

  #judge(
    good: GoodClient,
    before: WatchReport,
    after: WatchReport,
    counts: Counts,
    seconds: number,
  ): void {
    const { frames, note, stallMsMax, isMemoryJudged } = this.#options
    const problems = this.#problems
    problems.push(...good.problems, ...this.#node.brokenLines())
    if (isMemoryJudged) problems.push(...growthOf(before, after))
    if (this.#worst !== null) note(`longest stall: ${describeStall(this.#worst)}`)
    if ((this.#worst?.ownMs ?? 0) > stallMsMax) {
      problems.push(`the loop stood still for ${this.#worst?.ownMs.toFixed(0)} ms`)
    }
    if (counts.sent < frames) {
      problems.push(`only ${counts.sent} of ${frames} frames in ${seconds.toFixed(0)} s`)
    }
    const latencies = good.latenciesMs.toSorted((a, b) => a - b)
    const at = (share: number): number => latencies[Math.floor(share * (latencies.length - 1))] ?? 0
    note(
      `good client: ${good.verified} records verified; produce and fetch together p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, max ${at(1).toFixed(1)} ms`,
    )
    if (good.verified === 0) problems.push('the good client was not served')
    if (at(1) > LATENCY_MS_MAX) problems.push(`the good client waited ${at(1).toFixed(0)} ms`)
  }

  async #stop(): Promise<void> {
    const { child } = this.#node
    if (!child.running) {
      this.#problems.push(`the node ended: ${child.lastWords()}`)
      return
    }
    const { code } = await child.stop()
    if (code !== 0) this.#problems.push(`the node ended with ${code}: ${child.lastWords()}`)
  }
}

/** What `after` holds more than it should. */
function growthOf(before: WatchReport, after: WatchReport): string[] {
  const heap = (report: WatchReport): number => report.heapBytes + report.externalBytes
  const grown: string[] = []
  const check = (what: string, growth: number, max: number, unit: number): void => {
    if (growth <= max) return
    grown.push(`${what} grew by ${(growth / unit).toFixed(1)}, allowed are ${max / unit}`)
  }
  check('heap (MiB)', heap(after) - heap(before), HEAP_GROWTH_MAX, MIB)
  check('memory (MiB)', after.rssBytes - before.rssBytes, RSS_GROWTH_MAX, MIB)
  check('descriptors', after.descriptors - before.descriptors, DESCRIPTORS_GROWTH_MAX, 1)
  return grown
}

function describe(report: WatchReport): string {
  const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`
  const { rssBytes, heapBytes, externalBytes, descriptors, cpuMs } = report
  return `${mib(rssBytes)} memory, ${mib(heapBytes + externalBytes)} of it live, ${descriptors} descriptors, ${(cpuMs / 1000).toFixed(1)} s of CPU; longest stall ${describeStall(report.worst)}`
}

function describeStall({ ownMs, wallMs, cpuMs, atMs }: Stall): string {
  return `${ownMs.toFixed(1)} ms (wall ${wallMs.toFixed(1)}, CPU ${cpuMs.toFixed(1)}, at ${(atMs / 1000).toFixed(1)} s)`
}
