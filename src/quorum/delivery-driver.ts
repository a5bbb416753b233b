/**
 * Hands the committed log to the listener, by reading it up to the high watermark: the same way for what was just proposed, for what was fetched and for what
 * a restart finds.
 */
import type {
  CommittedBatch,
  MetadataImage,
  MetadataRecord,
  Provenance,
} from '../metadata/index.ts'
import type { QuorumError } from './error.ts'
import { committedBatches, readChunk } from './log-driver.ts'
import type { MetadataLog } from './log-driver.ts'
import type { FoundSnapshot } from './snapshots-driver.ts'

/** Who folds the committed log; {@link MetadataLoader} is one. An exception from it stops the node. */
export interface MetadataListener {
  /** The newest image that may be seen, for snapshots. */
  readonly image: MetadataImage
  /** Committed batches in the order of the log. */
  load(batches: readonly CommittedBatch[]): unknown
  /** Begin anew with a snapshot: first of all where there is one, or when this node was so far behind that the leader had only that for it. */
  loadSnapshot(records: Iterable<MetadataRecord>, provenance: Provenance): unknown
}

interface Waiter {
  readonly offsetEnd: number
  resolve(): void
  reject(error: QuorumError): void
}

export interface DeliveryEvents {
  /** The listener has more. */
  onDelivered(sizeBytes: number): void
  onFailure(error: unknown): void
}

export class Delivery {
  readonly #log: MetadataLog
  readonly #listener: MetadataListener
  readonly #events: DeliveryEvents
  #offset: number
  #highWatermark = 0
  #running: Promise<void> | null = null
  #waiters: Waiter[] = []
  #isStopped = false

  constructor(log: MetadataLog, listener: MetadataListener, events: DeliveryEvents) {
    this.#log = log
    this.#listener = listener
    this.#events = events
    this.#offset = log.logStart
  }

  /** The listener has everything below. */
  get offset(): number {
    return this.#offset
  }

  /** Hands out everything below, in a while. */
  upTo(highWatermark: number): void {
    this.#highWatermark = Math.max(this.#highWatermark, highWatermark)
    this.#start()
  }

  /** What the listener begins with, or begins anew with. Waits for what is being handed out. */
  async loadSnapshot({ id, snapshot }: FoundSnapshot): Promise<void> {
    await this.idle()
    if (this.#isStopped) return
    this.#listener.loadSnapshot(snapshot.records(), {
      offsetLast: id.offsetEnd - 1,
      epoch: id.epoch,
      timestampMs: snapshot.lastContainedLogTimestampMs,
    })
    this.#offset = id.offsetEnd
    this.#wake()
    this.#events.onDelivered(0)
  }

  /** Resolves when the listener has everything below `offsetEnd`; rejects with what {@link refuse} or {@link stop} is told before. */
  whenDelivered(offsetEnd: number): Promise<void> {
    if (offsetEnd <= this.#offset) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.push({ offsetEnd, resolve, reject }))
  }

  /** Ends all waiting. */
  refuse(error: QuorumError): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
  }

  /** Hands out nothing more. */
  stop(error: QuorumError): void {
    this.#isStopped = true
    this.refuse(error)
  }

  /** Resolves when nothing is being handed out. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running
  }

  #start(): void {
    if (this.#running !== null || this.#isStopped || this.#offset >= this.#highWatermark) return
    this.#running = this.#run()
      .catch((error: unknown) => this.#events.onFailure(error))
      .finally(() => {
        this.#running = null
        // A commit between the last look and now found this delivery still running.
        this.#start()
      })
  }

  async #run(): Promise<void> {
    while (!this.#isStopped && this.#offset < this.#highWatermark) {
      const { buffer, offsetEnd } = await readChunk(this.#log, this.#offset, this.#highWatermark)
      if (this.#isStopped) return
      this.#listener.load(committedBatches(buffer))
      this.#offset = offsetEnd
      this.#wake()
      this.#events.onDelivered(buffer.length)
    }
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = waiters.filter((waiter) => waiter.offsetEnd > this.#offset)
    for (const waiter of waiters) if (waiter.offsetEnd <= this.#offset) waiter.resolve()
  }
}
