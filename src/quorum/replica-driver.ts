/**
 * Performs what the core decides, one event after the other: the effects of one are done, those that wait for the disk too, before the next is looked at. So the
 * election is on disk before an answer leaves, and nothing is appended while the log is being cut. Only a leader's own appends come in between, which wait for
 * nothing.
 */
import { assert, unreachable } from '../base/index.ts'
import type { Clock, Entropy, Network, Telemetry, Timer } from '../io/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { readBatchHeader, wholeBatches } from '../records/index.ts'
import type { BatchHeader } from '../records/index.ts'
import type { Delivery } from './delivery-driver.ts'
import { writeElection } from './files-driver.ts'
import type { MetadataLog } from './log-driver.ts'
import { lastEpochOf } from './log-shape.ts'
import { buildEpochStart, buildVotersBatch, foldFacts, noFacts } from './metadata-batch.ts'
import { knownEndpoint } from './peers.ts'
import { Peers } from './peers-driver.ts'
import type { PeersOptions } from './peers-driver.ts'
import { nextTickMs, step } from './quorum.ts'
import { SnapshotFetcher } from './snapshot-exchange-driver.ts'
import type { SnapshotDeps } from './snapshots-driver.ts'
import type {
  AppendedBatch,
  EpochNews,
  QuorumEffect,
  QuorumEvent,
  QuorumState,
  Reply,
} from './state.ts'

/** Everything that a quorum touches. */
export interface QuorumDeps extends SnapshotDeps {
  readonly clock: Clock
  readonly network: Network
  readonly entropy: Entropy
  readonly telemetry: Telemetry
}

export interface ReplicaEvents {
  /** The core has decided; nothing is done yet. */
  onStep(before: QuorumState): void
  onFailure(error: unknown): void
}

/** What the core answered, and what it knew of the epoch then. */
export interface Answer<R extends Reply = Reply> {
  readonly reply: R
  readonly news: EpochNews
}

export type ReplicaOptions = PeersOptions & { readonly snapshotBytesMax: number }

export class Replica {
  readonly #deps: QuorumDeps
  readonly #log: MetadataLog
  readonly #delivery: Delivery
  readonly #events: ReplicaEvents
  readonly peers: Peers
  readonly #fetcher: SnapshotFetcher
  readonly #queue: QuorumEvent[] = []
  readonly #asked = new Map<number, (answer: Answer) => void>()
  #state: QuorumState
  #token = 0
  #isWorking = false
  #working: Promise<void> = Promise.resolve()
  #timer: Timer | null = null
  #timerAtMs = Infinity
  /** Epoch whose first record this node has written. */
  #begunEpoch = -1
  #isStopped = false

  constructor(
    deps: QuorumDeps,
    log: MetadataLog,
    delivery: Delivery,
    state: QuorumState,
    options: ReplicaOptions,
    events: ReplicaEvents,
  ) {
    this.#deps = deps
    this.#log = log
    this.#delivery = delivery
    this.#state = state
    this.#events = events
    const report = (event: QuorumEvent): void => this.feed(event)
    this.peers = new Peers(deps, options, report)
    const { id: nodeId, directoryId } = state.self
    const { clusterId, snapshotBytesMax: bytesMax } = options
    const fetchOptions = { nodeId, directoryId, clusterId, bytesMax }
    this.#fetcher = new SnapshotFetcher(deps, log.dir, this.peers, fetchOptions, report)
  }

  get state(): QuorumState {
    return this.#state
  }

  /** It leads, and its epoch's first record is in the log: others may follow. */
  get mayAppend(): boolean {
    return this.#state.role.name === 'leader' && this.#begunEpoch === this.#state.epoch
  }

  /** The core takes the event when it is its turn. */
  feed(event: QuorumEvent): void {
    if (this.#isStopped) return
    this.#queue.push(event)
    if (this.#isWorking) return
    this.#isWorking = true
    this.#working = this.#work()
  }

  /** Resolves when no event waits. */
  async idle(): Promise<void> {
    while (this.#isWorking) await this.#working
  }

  /** Puts a question of another node to the core. */
  ask(event: (token: number) => QuorumEvent): Promise<Answer> {
    if (this.#isStopped) return Promise.resolve(this.#refusal())
    return new Promise((resolve) => {
      const token = ++this.#token
      this.#asked.set(token, resolve)
      this.feed(event(token))
    })
  }

  /** Nothing is decided or promised any more. Whoever waits for an answer gets a refusal. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#state = step(this.#state, { kind: 'failed' }, this.#moment()).state
    this.#queue.length = 0
    this.#timer?.cancel()
    this.#fetcher.stop()
    this.peers.close()
    for (const resolve of this.#asked.values()) resolve(this.#refusal())
    this.#asked.clear()
  }

  /** Appends a batch as the leader, at once. Throws LogError. */
  appendOwn(batch: Buffer): void {
    const checked = { buffer: batch, header: readBatchHeader(batch, 0) }
    const { epoch } = this.#state
    const appended = this.#log.append(checked, { leaderEpoch: epoch })
    assert(appended.kind === 'appended', 'A batch without a producer is never refused')
    const [{ facts }] = this.#describe(batch, [checked.header]) as [AppendedBatch]
    const own = { epoch, offsetEnd: appended.lastOffset + 1, facts }
    this.#takeNow({ kind: 'appended', batches: [own] })
  }

  /** What everybody is told of the epoch. */
  news(errorCode: number): EpochNews {
    const { epoch, leader, role } = this.#state
    const isKnown = leader !== null && role.name !== 'resigned' && role.name !== 'failed'
    const leaderId = isKnown ? leader.id : null
    const leaderEndpoint = isKnown
      ? (leader.endpoint ?? knownEndpoint(this.#state, leader.id))
      : null
    return { errorCode, epoch, leaderId, leaderEndpoint }
  }

  #refusal(): Answer {
    const errorCode = errorCodes.NOT_LEADER_OR_FOLLOWER
    return { reply: { kind: 'plain', errorCode }, news: this.news(errorCode) }
  }

  #moment(): { nowMs: number; random: number } {
    const { clock, entropy } = this.#deps
    return { nowMs: clock.monotonicMs(), random: entropy.random() }
  }

  async #work(): Promise<void> {
    try {
      for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
        for (const effect of this.#step(event)) {
          if (this.#isStopped) return
          const pending = this.#perform(effect)
          if (pending !== null) await pending
        }
        this.#armTimer()
      }
    } catch (error) {
      this.#events.onFailure(error)
    } finally {
      this.#isWorking = false
    }
  }

  #step(event: QuorumEvent): readonly QuorumEffect[] {
    if (this.#isStopped) return []
    const before = this.#state
    // Meanwhile the log may have been cut: it knows best what is on disk.
    const now: QuorumEvent =
      event.kind === 'synced'
        ? { kind: 'synced', durableEnd: Math.min(this.#log.durableEnd, before.log.end) }
        : event
    const { state, effects } = step(before, now, this.#moment())
    this.#state = state
    this.#events.onStep(before)
    return effects
  }

  /** A step in the middle of another's effects, or between two: of an event whose effects wait for nothing. */
  #takeNow(event: QuorumEvent): void {
    for (const effect of this.#step(event)) {
      const pending = this.#perform(effect)
      assert(pending === null, `The effects of '${event.kind}' must not wait`)
    }
    this.#armTimer()
  }

  /** Effects without a promise are done when this returns. */
  #perform(effect: QuorumEffect): Promise<void> | null {
    const { disk } = this.#deps
    switch (effect.kind) {
      case 'persistElection': {
        const { kraftVersion, voters } = this.#state
        return writeElection(disk, this.#log.dir, effect.election, kraftVersion, voters)
      }
      case 'appendEpochStart':
        this.#appendEpochStart(effect)
        return null
      case 'appendVoters':
        this.appendOwn(buildVotersBatch(effect.voters, this.#deps.clock.wallMs()))
        return null
      case 'append':
        this.#appendFetched(effect.payload as Buffer, effect.epoch)
        return null
      case 'truncate':
        return this.#truncate(effect.offset)
      case 'sync':
        this.#sync(effect.logEnd)
        return null
      case 'commit':
        this.#log.highWatermark = effect.highWatermark
        this.#delivery.upTo(effect.highWatermark)
        return null
      case 'send':
        this.peers.send(effect.to, effect.request)
        return null
      case 'answer': {
        const { reply, token } = effect
        this.#asked.get(token)?.({ reply, news: this.news(reply.errorCode) })
        this.#asked.delete(token)
        return null
      }
      case 'fetchSnapshot':
        this.#fetcher.start(effect.from, effect.epoch, effect.id)
        return null
      case 'installSnapshot':
        return this.#installSnapshot()
      case 'fail':
        throw new Error(effect.message)
      default:
        return unreachable(effect)
    }
  }

  #appendEpochStart(effect: Extract<QuorumEffect, { kind: 'appendEpochStart' }>): void {
    const { kraftVersion, voters, self } = this.#state
    const start = {
      leaderId: self.id,
      voters: effect.voters ?? voters,
      grantingVoters: effect.grantingVoters,
      repeat: effect.voters === null ? null : { kraftVersion, voters: effect.voters },
    }
    this.#log.assignEpoch(effect.epoch)
    this.#begunEpoch = effect.epoch
    this.appendOwn(buildEpochStart(start, this.#deps.clock.wallMs()))
  }

  #appendFetched(fetched: Buffer, epoch: number): void {
    const headers = [...wholeBatches(fetched)]
    const last = headers.at(-1)
    const lastEpoch = lastEpochOf(this.#state.log)
    const isOrdered = headers.every(
      ({ leaderEpoch }, index) =>
        leaderEpoch <= epoch && leaderEpoch >= (headers[index - 1]?.leaderEpoch ?? lastEpoch),
    )
    let problem = isOrdered && last !== undefined ? null : 'its epochs are not those of the leader'
    if (problem === null && last !== undefined) {
      // The leader may have cut the last batch: it comes whole the next time.
      const whole = fetched.subarray(0, last.position + last.sizeBytes)
      const result = this.#log.appendFollower(whole)
      if (result.kind === 'refused') problem = result.message
    }
    if (problem === null) {
      return this.#takeNow({ kind: 'appended', batches: this.#describe(fetched, headers) })
    }
    const message = `Cannot append what the leader of epoch ${epoch} sent: ${problem}`
    this.#deps.telemetry.log('warn', 'quorum.fetch.refused', message)
    this.#takeNow({ kind: 'appendRefused' })
  }

  #describe(buffer: Buffer, headers: readonly BatchHeader[]): AppendedBatch[] {
    let facts = this.#state.history.at(-1)?.facts ?? noFacts
    return headers.map((header) => {
      const after = foldFacts(facts, buffer, header)
      const offsetEnd = header.baseOffset + header.lastOffsetDelta + 1
      const batch = { epoch: header.leaderEpoch, offsetEnd, facts: after === facts ? null : after }
      facts = after
      return batch
    })
  }

  async #truncate(offset: number): Promise<void> {
    const from = this.#log.logEnd
    await this.#log.truncateTo(offset)
    const message = `Cut the metadata log from ${from} to ${offset}: the leader has other records`
    this.#deps.telemetry.log('info', 'quorum.truncated', message, { from, offset })
    this.#takeNow({ kind: 'truncated' })
  }

  #sync(logEnd: number): void {
    if (logEnd > this.#log.logEnd) return
    this.#log.whenDurable(logEnd).then(
      () => this.feed({ kind: 'synced', durableEnd: logEnd }),
      (error: unknown) => {
        if (!isTruncated(error)) this.#events.onFailure(error)
      },
    )
  }

  async #installSnapshot(): Promise<void> {
    const found = await this.#fetcher.install()
    if (found === null) return this.#takeNow({ kind: 'snapshotFailed', news: null })
    const { id, snapshot } = found
    await this.#delivery.idle()
    await this.#log.truncateFully(id.offsetEnd)
    this.#log.highWatermark = id.offsetEnd
    if (this.#delivery.offset < id.offsetEnd) await this.#delivery.loadSnapshot(found)
    const { telemetry } = this.#deps
    telemetry.log('info', 'quorum.snapshot.installed', `Went on from the leader's snapshot`, {
      offsetEnd: id.offsetEnd,
      epoch: id.epoch,
    })
    this.#takeNow({ kind: 'snapshotInstalled', id, facts: snapshot.facts })
  }

  #armTimer(): void {
    if (this.#isStopped) return
    const atMs = nextTickMs(this.#state)
    if (atMs === this.#timerAtMs) return
    this.#timer?.cancel()
    this.#timer = null
    this.#timerAtMs = atMs
    if (atMs === Infinity) return
    const { clock } = this.#deps
    this.#timer = clock.after(Math.max(0, atMs - clock.monotonicMs()), () => {
      this.#timerAtMs = Infinity
      this.feed({ kind: 'tick' })
    })
  }
}

function isTruncated(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'TRUNCATED'
}
