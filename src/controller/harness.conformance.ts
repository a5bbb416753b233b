/** Images and contexts for the controller's tests. */
import { Prng, randomUuid } from '../base/index.ts'
import type { Clock, Timer } from '../io/index.ts'
import { applyRecords, BrokerSettings, emptyImage, metadataRecord } from '../metadata/index.ts'
import type { MetadataImage, MetadataRecord, RecordValue } from '../metadata/index.ts'
import type { ControllerContext } from './decision.ts'

export const CLUSTER_ID = 'HsKs0UDFRGS5qRZBaNJO5g'

/** A directory id that says whose it is: broker 1's is `AQ…`. */
export function directoryOf(brokerId: number): string {
  return Buffer.alloc(16, brokerId).toString('base64url')
}

export function contextOf(
  config: Readonly<Record<string, string>> = {},
  seed = 1,
): ControllerContext {
  const prng = new Prng(seed)
  return {
    clusterId: CLUSTER_ID,
    nodeId: 1,
    broker: new BrokerSettings(new Map(Object.entries(config))),
    nextOffset: 100,
    random: () => prng.float(),
    newUuid: () => randomUuid((size) => prng.bytes(size)),
  }
}

export function brokerRecord(
  brokerId: number,
  overrides: Partial<RecordValue<'registerBroker'>> = {},
): MetadataRecord {
  return metadataRecord('registerBroker', {
    brokerId,
    incarnationId: directoryOf(100 + brokerId),
    brokerEpoch: brokerId * 10,
    endPoints: [],
    features: [],
    rack: null,
    fenced: false,
    logDirs: [directoryOf(brokerId)],
    ...overrides,
  })
}

/** Level 30 of metadata.version, and unfenced brokers 1 to `count` with epochs 10, 20 … */
export function clusterOf(count: number): MetadataImage {
  const brokers = Array.from({ length: count }, (_, i) => brokerRecord(i + 1))
  const version = metadataRecord('featureLevel', { name: 'metadata.version', featureLevel: 30 })
  return applyRecords(emptyImage, [version, ...brokers])
}

/** A topic with given partitions; those not named are as after creation on broker 1. */
export function withTopic(
  image: MetadataImage,
  name: string,
  topicId: string,
  partitions: ReadonlyArray<Partial<RecordValue<'partition'>>>,
): MetadataImage {
  const records = partitions.map((overrides, partitionId) =>
    metadataRecord('partition', {
      partitionId,
      topicId,
      replicas: [1],
      isr: [1],
      removingReplicas: [],
      addingReplicas: [],
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: (overrides.replicas ?? [1]).map(directoryOf),
      ...overrides,
    }),
  )
  return applyRecords(image, [metadataRecord('topic', { name, topicId }), ...records])
}

/** With eligible leader replicas finalized. */
export function withElr(image: MetadataImage): MetadataImage {
  const name = 'eligible.leader.replicas.version'
  return applyRecords(image, [metadataRecord('featureLevel', { name, featureLevel: 1 })])
}

/** Time that passes when the test says so. */
export class ManualClock implements Clock {
  #nowMs = 1000
  #timers: Array<{ readonly dueMs: number; readonly callback: () => void }> = []

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.#nowMs + delayMs, callback }
    this.#timers.push(timer)
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) }
  }

  soon(callback: () => void): void {
    this.after(0, callback)
  }

  /** Runs what becomes due, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const due = this.#timers.filter(({ dueMs }) => dueMs <= untilMs)
      const [next] = due.sort((a, b) => a.dueMs - b.dueMs)
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.callback()
    }
    this.#nowMs = untilMs
  }

  /** Time passes, but nothing runs: the process was stopped. */
  freeze(ms: number): void {
    this.#nowMs += ms
  }
}
