/**
 * Performs what the core decides: quorum-state and log on the disk of one node. A proposal is appended at once, flushed together with
 * all others of the moment, committed when the core says so, and handed to the listener by reading the log up to the high watermark: the
 * same way for what was just proposed and for what a restart finds.
 */
import { assert, unreachable } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import { DiskError } from '../io/index.ts'
import { LogError } from '../log/index.ts'
import type {
  CommittedBatch,
  MetadataImage,
  MetadataRecord,
  Provenance,
} from '../metadata/index.ts'
import { readBatchHeader } from '../records/index.ts'
import { messageOf, QuorumError } from './error.ts'
import { isFullDisk, readElection, writeElection } from './files-driver.ts'
import { committedBatches, readChunk, readQuorumFacts } from './log-driver.ts'
import type { MetadataLog } from './log-driver.ts'
import {
  buildEpochStart,
  buildMetadataBatch,
  METADATA_BATCH_SIZE_MAX,
  noFacts,
} from './metadata-batch.ts'
import type { QuorumFacts } from './metadata-batch.ts'
import { initialState, step } from './quorum.ts'
import type { QuorumEffect, QuorumEvent, QuorumState } from './quorum.ts'
import { SnapshotKeeper } from './snapshot-keeper-driver.ts'
import type { RetentionOptions, SnapshotSource } from './snapshot-keeper-driver.ts'
import { Snapshots } from './snapshots-driver.ts'
import type { FoundSnapshot, SnapshotDeps } from './snapshots-driver.ts'
import { isVoter } from './voters.ts'
import type { VoterEndpoint, VoterSet } from './voters.ts'

export interface QuorumOptions {
  readonly nodeId: number
  /** `directory.id` of the metadata log dir. */
  readonly directoryId: Uuid
  /** `controller.quorum.voters`; counts only while neither snapshot nor log has a voter set. */
  readonly staticVoters: VoterSet
  /** This node's controller listener, as other nodes would reach it; empty: what the voter set says stays. */
  readonly endpoints: readonly VoterEndpoint[]
  readonly retention: RetentionOptions
  /** Called once when the metadata log failed after the start: the node must stop. */
  readonly onFailure: (error: QuorumError) => void
}

/** Who folds the committed log; {@link MetadataLoader} is one. An exception from it stops the node. */
export interface MetadataListener {
  /** The newest image that may be seen, for snapshots. */
  readonly image: MetadataImage
  /** Committed batches in the order of the log. */
  load(batches: readonly CommittedBatch[]): unknown
  /** The first call, if there is a snapshot. */
  loadSnapshot(records: Iterable<MetadataRecord>, provenance: Provenance): unknown
}

/** Where a batch stands. */
export interface Appended {
  readonly baseOffset: number
  /** Exclusive. */
  readonly offsetEnd: number
  readonly epoch: number
}

interface Waiter {
  readonly offsetEnd: number
  resolve(): void
  reject(error: QuorumError): void
}

/** What the files say before the core begins. */
interface Found {
  readonly snapshot: FoundSnapshot | null
  readonly facts: QuorumFacts
  /** The voter set is that of the bootstrap snapshot. */
  readonly votersOutsideLog: boolean
}

export class Quorum {
  readonly #deps: SnapshotDeps
  readonly #log: MetadataLog
  readonly #listener: MetadataListener
  readonly #options: QuorumOptions
  readonly #keeper: SnapshotKeeper
  #state: QuorumState
  #delivered: number
  #delivering: Promise<void> | null = null
  #waiters: Waiter[] = []
  #failure: QuorumError | null = null
  #started = false

  private constructor(
    deps: SnapshotDeps,
    log: MetadataLog,
    listener: MetadataListener,
    options: QuorumOptions,
    found: Found,
  ) {
    const { facts, snapshot, votersOutsideLog } = found
    this.#deps = deps
    this.#log = log
    this.#listener = listener
    this.#options = options
    const snapshots = new Snapshots(deps, log.dir)
    this.#keeper = new SnapshotKeeper(
      deps,
      log,
      snapshots,
      options.retention,
      () => this.#snapshotSource(),
      (error) => this.#fail(error),
    )
    this.#delivered = snapshot?.id.offsetEnd ?? log.logStart
    this.#state = initialState({
      self: { id: options.nodeId, directoryId: options.directoryId },
      selfEndpoints: options.endpoints,
      voters: facts.voters ?? options.staticVoters,
      kraftVersion: facts.kraftVersion,
      votersOutsideLog,
      logEnd: log.logEnd,
    })
  }

  /**
   * Loads snapshot and log, takes the leadership of a new epoch, and resolves when the listener has everything that is committed.
   *
   * @param log as {@link openMetadataLog} gives it
   * @throws QuorumError `LOG_DIR_FAILED`, `DAMAGED`, `NO_VOTERS`, `NOT_VOTER`, `SEVERAL_VOTERS`, `NO_SPACE`; MetadataError
   */
  static async start(
    deps: SnapshotDeps,
    log: MetadataLog,
    listener: MetadataListener,
    options: QuorumOptions,
  ): Promise<Quorum> {
    try {
      await log.load()
      const found = await examine(deps, log)
      const quorum = new Quorum(deps, log, listener, options, found)
      await quorum.#start(found.snapshot)
      return quorum
    } catch (error) {
      throw error instanceof QuorumError ? error : failureOf(error)
    }
  }

  /** Node id of the leader; null: not known. */
  get leaderId(): number | null {
    return this.#state.role.name === 'leader' ? this.#state.self.id : null
  }
  get epoch(): number {
    return this.#state.epoch
  }
  /** One past the last committed record. */
  get highWatermark(): number {
    return this.#state.highWatermark ?? 0
  }
  /** Offset that the first record of the next proposal gets. */
  get nextOffset(): number {
    return this.#state.logEnd
  }
  get voters(): VoterSet {
    return this.#state.voters
  }
  get kraftVersion(): number {
    return this.#state.kraftVersion
  }
  /** Why nothing works any more; null while all is well. */
  get failure(): QuorumError | null {
    return this.#failure
  }

  /**
   * Appends framed metadata records as one batch, before it returns: the first gets offset {@link nextOffset}. They count once
   * {@link whenCommitted} says so.
   *
   * @throws QuorumError `TOO_LARGE` and `NO_SPACE` refuse this batch only, nothing was written; `LOG_DIR_FAILED`, `DAMAGED` and `CLOSED`
   *   are final
   */
  append(values: readonly Buffer[]): Appended {
    assert(values.length > 0, 'A batch has at least one record')
    if (this.#failure !== null) throw this.#failure
    const batch = buildMetadataBatch(values, { timestampMs: this.#deps.clock.wallMs() })
    if (batch.length > METADATA_BATCH_SIZE_MAX) {
      throw new QuorumError(
        'TOO_LARGE',
        `Cannot write ${values.length} metadata records at once: they take ${batch.length} bytes, at most ${METADATA_BATCH_SIZE_MAX} are allowed`,
      )
    }
    const baseOffset = this.nextOffset
    this.#appendBatch(batch)
    return { baseOffset, offsetEnd: this.nextOffset, epoch: this.epoch }
  }

  /**
   * Resolves when everything below `offsetEnd` is committed and the listener has it; by default everything appended so far.
   *
   * @throws QuorumError by rejection: `LOG_DIR_FAILED`, `DAMAGED`, `CLOSED`
   */
  whenCommitted(offsetEnd: number = this.nextOffset): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (offsetEnd <= this.#delivered) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.push({ offsetEnd, resolve, reject }))
  }

  /** {@link append} and {@link whenCommitted} in one; all errors come by rejection. */
  async propose(values: readonly Buffer[]): Promise<Appended> {
    const appended = this.append(values)
    await this.whenCommitted(appended.offsetEnd)
    return appended
  }

  /** Ends waiting proposals with `CLOSED` and resolves when no work is left. The log stays open: it is its manager's. */
  async close(): Promise<void> {
    this.#end(new QuorumError('CLOSED', 'The metadata quorum was closed'))
    await this.#delivering
    await this.#keeper.close()
  }

  async #start(snapshot: FoundSnapshot | null): Promise<void> {
    const { nodeId, directoryId } = this.#options
    const { voters, self } = this.#state
    if (voters.length === 0) {
      const message = `Cannot start the metadata quorum in ${this.#log.dir}: no voters in log or snapshot, and none configured`
      throw new QuorumError('NO_VOTERS', message)
    }
    if (!isVoter(voters, self)) {
      const ids = voters.map((voter) => `${voter.id} with directory ${voter.directoryId}`)
      const message = `Cannot start the metadata quorum: this is node ${nodeId} with directory ${directoryId}, the voters are ${ids.join(', ')}`
      throw new QuorumError('NOT_VOTER', message)
    }
    if (voters.length > 1) {
      const ids = voters.map(({ id }) => id).join(', ')
      const message = `Cannot start the metadata quorum: it has the voters ${ids}, only a quorum of one is supported`
      throw new QuorumError('SEVERAL_VOTERS', message)
    }
    if (snapshot !== null) this.#loadSnapshot(snapshot)
    const election = readElection(this.#deps.disk, this.#log.dir)
    const lastLogEpoch = Math.max(this.#log.latestEpoch, snapshot?.id.epoch ?? 0, 0)
    await this.#step({ kind: 'started', election, lastLogEpoch })
    await this.whenCommitted()
    this.#started = true
    this.#deps.telemetry.log('info', 'quorum.leader', `Leads the metadata quorum`, {
      epoch: this.epoch,
      logStart: this.#log.logStart,
      logEnd: this.#log.logEnd,
    })
  }

  #loadSnapshot({ id, snapshot }: FoundSnapshot): void {
    this.#listener.loadSnapshot(snapshot.records(), {
      offsetLast: id.offsetEnd - 1,
      epoch: id.epoch,
      timestampMs: snapshot.lastContainedLogTimestampMs,
    })
  }

  async #step(event: QuorumEvent): Promise<void> {
    const { state, effects } = step(this.#state, event)
    this.#state = state
    for (const effect of effects) {
      const pending = this.#perform(effect)
      if (pending !== null) await pending
    }
  }

  /** A step that nobody waits for. */
  #run(event: QuorumEvent): void {
    if (this.#failure !== null) return
    this.#step(event).catch((error: unknown) => this.#fail(error))
  }

  /** Effects without a promise are done when this returns: an append and the start of its flush are one step of the loop. */
  #perform(effect: QuorumEffect): Promise<void> | null {
    switch (effect.kind) {
      case 'persistElection': {
        const { kraftVersion, voters } = this.#state
        const { disk } = this.#deps
        return writeElection(disk, this.#log.dir, effect.election, kraftVersion, voters)
      }
      case 'appendEpochStart': {
        const { kraftVersion, voters, self } = this.#state
        const start = {
          leaderId: self.id,
          voters,
          grantingVoters: effect.grantingVoters,
          repeat: effect.voters === null ? null : { kraftVersion, voters: effect.voters },
        }
        this.#log.assignEpoch(effect.epoch)
        this.#appendBatch(buildEpochStart(start, this.#deps.clock.wallMs()))
        return null
      }
      case 'sync':
        this.#sync(effect.logEnd)
        return null
      case 'commit':
        this.#log.highWatermark = effect.highWatermark
        this.#deliver()
        return null
      default:
        return unreachable(effect)
    }
  }

  #appendBatch(batch: Buffer): void {
    const checked = { buffer: batch, header: readBatchHeader(batch, 0) }
    try {
      const appended = this.#log.append(checked, { leaderEpoch: this.epoch })
      assert(appended.kind === 'appended', 'A batch without a producer is never refused')
      this.#run({ kind: 'appended', logEnd: appended.lastOffset + 1 })
    } catch (error) {
      const failure = failureOf(error)
      if (failure.code !== 'NO_SPACE') this.#fail(failure)
      throw failure
    }
  }

  #sync(durableEnd: number): void {
    this.#log.whenDurable(durableEnd).then(
      () => this.#run({ kind: 'synced', durableEnd }),
      (error: unknown) => this.#fail(error),
    )
  }

  #deliver(): void {
    if (this.#delivering !== null) return
    this.#delivering = this.#deliverAll()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#delivering = null
        // A commit between the last look and now found this delivery still running.
        if (this.#failure === null && this.#delivered < this.highWatermark) this.#deliver()
      })
  }

  async #deliverAll(): Promise<void> {
    while (this.#failure === null && this.#delivered < this.highWatermark) {
      const { buffer, offsetEnd } = await readChunk(this.#log, this.#delivered, this.highWatermark)
      if (this.#failure !== null) return
      this.#listener.load(committedBatches(buffer))
      this.#delivered = offsetEnd
      this.#keeper.count(buffer.length)
      this.#wake(offsetEnd)
    }
  }

  #wake(offsetEnd: number): void {
    const waiters = this.#waiters
    this.#waiters = waiters.filter((waiter) => waiter.offsetEnd > offsetEnd)
    for (const waiter of waiters) if (waiter.offsetEnd <= offsetEnd) waiter.resolve()
  }

  #snapshotSource(): ReturnType<SnapshotSource> {
    const { kraftVersion, voters } = this.#state
    const facts = { kraftVersion, voters: kraftVersion > 0 ? voters : null }
    return { image: this.#listener.image, facts }
  }

  #fail(cause: unknown): void {
    if (this.#failure !== null) return
    const failure = failureOf(cause)
    this.#end(failure)
    this.#deps.telemetry.log('error', 'quorum.failed', failure.message, { code: failure.code })
    if (this.#started) this.#options.onFailure(failure)
  }

  #end(failure: QuorumError): void {
    if (this.#failure !== null) return
    this.#failure = failure
    this.#state = step(this.#state, { kind: 'failed' }).state
    for (const waiter of this.#waiters.splice(0)) waiter.reject(failure)
  }
}

/** Reads what the files say; a log that ends before the newest snapshot begins anew after it. */
async function examine(deps: SnapshotDeps, log: MetadataLog): Promise<Found> {
  const snapshots = new Snapshots(deps, log.dir)
  const snapshot = snapshots.newest(log.logStart)
  if (snapshot !== null && snapshot.id.offsetEnd > log.logEnd) {
    await log.truncateFully(snapshot.id.offsetEnd)
  }
  const from = snapshot?.id.offsetEnd ?? log.logStart
  const facts = await readQuorumFacts(log, from, snapshot?.snapshot.facts ?? noFacts)
  if (facts.voters !== null) return { snapshot, facts, votersOutsideLog: false }
  const bootstrap = snapshots.bootstrap()?.facts ?? noFacts
  if (bootstrap.voters === null) return { snapshot, facts, votersOutsideLog: false }
  return { snapshot, facts: bootstrap, votersOutsideLog: true }
}

function failureOf(error: unknown): QuorumError {
  if (error instanceof QuorumError) return error
  if (isFullDisk(error) || (error instanceof LogError && error.code === 'NO_SPACE')) {
    const message = `Cannot write to the metadata log dir, the disk is full: ${messageOf(error)}`
    return new QuorumError('NO_SPACE', message, error)
  }
  if (error instanceof LogError || error instanceof DiskError) {
    const message = `Cannot go on without the metadata log dir: ${messageOf(error)}`
    return new QuorumError('LOG_DIR_FAILED', message, error)
  }
  return new QuorumError('DAMAGED', `Cannot follow the metadata log: ${messageOf(error)}`, error)
}
