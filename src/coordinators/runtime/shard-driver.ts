/**
 * Runs the pure core of a coordinator over one led partition of an internal topic: decide, append, wait for commit, apply, answer.
 *
 * A shard lives in one leader epoch. Everything it still owes is failed before that epoch ends, and what is committed later, in another
 * epoch, acknowledges nothing of it (reference L11). Its state is a fold over its log: `Machine.apply` runs on
 * the very bytes that were appended, at once, so that the next decision sees them; answers wait until they are committed.
 */
import type { Clock, Telemetry, Timer } from '../../io/index.ts'
import { errorCodes } from '../../protocol/index.ts'
import type { Codec } from '../../records/index.ts'
import { draftBatch, partsOf } from './batches.ts'
import type { Fold } from './batches.ts'
import { CommitQueue } from './commit-queue.ts'
import { replayLog } from './load-driver.ts'
import type { Decision, DraftRecord, Machine, RequestId } from './machine.ts'
import { coordinatorError, ShardLogError } from './shard-log.ts'
import type { ShardLog } from './shard-log.ts'
import { TimerSet } from './timers.ts'

/** Between two attempts to read a log that cannot be read now. */
const RELOAD_MS = 1_000

/**
 * `loading`: replaying the log. `active`: deciding. `failed`: the log could not be read, or failed and is no longer led;
 * `resigned`: told to stop, which is final. A log that could not be read is tried again after a while.
 */
export type ShardPhase = 'loading' | 'active' | 'failed' | 'resigned'

/** An answer, or the error code that the client is to be told. */
export type Outcome<Response> =
  | { readonly ok: true; readonly response: Response }
  | { readonly ok: false; readonly errorCode: number }

export interface ShardOptions {
  /** For log lines: topic and partition. */
  readonly name: string
  /** The epoch in which this node was elected. */
  readonly epoch: number
  /** How long an answer waits for its commit (`offsets.commit.timeout.ms`). */
  readonly commitTimeoutMs: number
  /** Of the batches it writes (`offsets.topic.compression.codec`). */
  readonly codec: Codec
  readonly clock: Clock
  readonly telemetry: Telemetry
}

export class Shard<State, Event, FollowUp, Response> {
  readonly #machine: Machine<State, Event, FollowUp, Response>
  readonly #log: ShardLog
  readonly #options: ShardOptions
  readonly #timers: TimerSet<Event>
  readonly #commits = new CommitQueue()
  readonly #owed = new Map<RequestId, (outcome: Outcome<Response>) => void>()
  #deadline: Timer | null = null
  #phase: ShardPhase = 'loading'
  #state: State
  #nextRequest: RequestId = 1
  /** Counts loads and ends: what an earlier life started is ignored. */
  #life = 0
  /** Exclusive end of what the state holds. */
  #appliedEnd = 0
  /** Exclusive end of what is known to be committed. */
  #committedEnd = 0
  /** True from a reload to the next commit: a log that fails twice in a row is given up. */
  #isReloaded = false

  constructor(
    machine: Machine<State, Event, FollowUp, Response>,
    log: ShardLog,
    options: ShardOptions,
  ) {
    this.#machine = machine
    this.#log = log
    this.#options = options
    this.#state = machine.blank()
    this.#timers = new TimerSet(options.clock, (event) => this.#timedOut(event))
  }

  get phase(): ShardPhase {
    return this.#phase
  }

  get epoch(): number {
    return this.#options.epoch
  }

  /** The state for looking at, never for changing; null while there is none. */
  get state(): State | null {
    return this.#phase === 'active' ? this.#state : null
  }

  /** Replays the log, then becomes active. Never rejects: a log that cannot be read makes the shard `failed`. */
  async load(): Promise<void> {
    const life = ++this.#life
    const { clock, telemetry, name } = this.#options
    const state = this.#machine.blank()
    const startMs = clock.monotonicMs()
    try {
      const loaded = await replayLog(this.#log, this.#foldInto(state), {
        clock,
        mustStop: () => life !== this.#life,
      })
      if (life !== this.#life || loaded === null) return
      this.#activate(state, loaded.offsetEnd)
      const durationMs = Math.round(clock.monotonicMs() - startMs)
      telemetry.log(
        loaded.recordCount > 0 ? 'info' : 'debug',
        'coordinator.loaded',
        `${name} loaded`,
        {
          shard: name,
          epoch: this.epoch,
          records: loaded.recordCount,
          durationMs,
        },
      )
    } catch (error) {
      if (life !== this.#life) return
      this.#end('failed')
      const message = error instanceof Error ? error.message : String(error)
      telemetry.log('error', 'coordinator.load.failed', `Cannot load ${name}: ${message}`, {
        shard: name,
        epoch: this.epoch,
      })
      if (error instanceof ShardLogError) clock.after(RELOAD_MS, () => this.#reload())
    }
  }

  /** Tries once more what failed for want of a log: a full disk may have room by now. */
  #reload(): void {
    if (this.#phase !== 'failed') return
    this.#phase = 'loading'
    void this.load()
  }

  #foldInto(state: State): Fold {
    return {
      apply: (record) => this.#machine.apply(state, record),
      applyMarker: (marker) => this.#machine.applyMarker(state, marker),
    }
  }

  #activate(state: State, offsetEnd: number): void {
    this.#state = state
    this.#appliedEnd = offsetEnd
    this.#committedEnd = this.#log.highWatermark
    this.#phase = 'active'
    // What an earlier leader appended and nobody has acknowledged yet is part of the state, but no answer may rest on it before it is committed.
    if (this.#committedEnd < offsetEnd)
      this.#awaitCommit(this.#life, offsetEnd, this.#log.whenCommitted(offsetEnd))
    this.#perform(this.#machine.loaded(state, this.#options.clock.wallMs()))
  }

  /**
   * Decides one request. Resolves with the answer that the core gives, now or later, or with the error code for the client; never rejects.
   *
   * @param event the request as an event that carries this id
   */
  handle<R extends Response>(event: (request: RequestId) => Event): Promise<Outcome<R>> {
    const refusal = this.#refusal()
    if (refusal !== 0) return Promise.resolve({ ok: false, errorCode: refusal })
    const request = this.#nextRequest++
    return new Promise((resolve) => {
      this.#owed.set(request, resolve as (outcome: Outcome<Response>) => void)
      this.#decide(event(request))
    })
  }

  /** Decides an event to which nobody wants an answer. Nothing happens unless the shard is active. */
  tell(event: Event): void {
    if (this.#refusal() === 0) this.#decide(event)
  }

  /** This node leads the partition no longer, or is going to stop. All that is owed is answered NOT_COORDINATOR. */
  resign(): void {
    if (this.#phase !== 'failed') this.#end('resigned')
  }

  #refusal(): number {
    if (this.#phase === 'loading') return errorCodes.COORDINATOR_LOAD_IN_PROGRESS
    const isLeader = this.#phase === 'active' && this.#log.currentEpoch === this.epoch
    return isLeader ? 0 : errorCodes.NOT_COORDINATOR
  }

  #timedOut(event: Event): void {
    if (this.#refusal() === 0) this.#decide(event)
  }

  #decide(event: Event): void {
    this.#perform(this.#machine.decide(this.#state, event, this.#options.clock.wallMs()))
  }

  /** Append, apply; then answer what need not wait, and line up the rest. */
  #perform(decision: Decision<Event, FollowUp, Response>): void {
    const life = this.#life
    const errorCode = this.#append(decision)
    if (life !== this.#life) return
    for (const { level, event, message, fields } of decision.notes) {
      this.#options.telemetry.log(level, event, message, fields)
    }
    for (const { key, delayMs, event } of decision.timers) {
      if (event === null) this.#timers.cancel(key)
      else this.#timers.schedule(key, delayMs, event)
    }
    for (const { to, response, whenCommitted } of decision.answers) {
      if (whenCommitted) {
        this.#afterCommit(errorCode, (code) =>
          this.#settle(to, code === 0 ? { ok: true, response } : { ok: false, errorCode: code }),
        )
      } else this.#settle(to, { ok: true, response })
    }
    const { followUp } = decision
    if (followUp === null) return
    this.#afterCommit(errorCode, (code) => this.#finish(life, followUp, code))
  }

  #finish(life: number, followUp: FollowUp, errorCode: number): void {
    if (life !== this.#life || this.#phase !== 'active') return
    const nowMs = this.#options.clock.wallMs()
    this.#perform(this.#machine.finish(this.#state, followUp, errorCode, nowMs))
  }

  #settle(request: RequestId, outcome: Outcome<Response>): void {
    const resolve = this.#owed.get(request)
    this.#owed.delete(request)
    resolve?.(outcome)
  }

  /** @returns 0, or the error code for the client when (the rest of) the records could not be appended */
  #append({ records, isDivisible }: Decision<Event, FollowUp, Response>): number {
    if (records.length === 0) return 0
    if (this.#log.currentEpoch !== this.epoch) return errorCodes.NOT_COORDINATOR
    const parts = isDivisible ? partsOf(records, this.#log.batchBytesMax) : [records]
    for (const part of parts) {
      const errorCode = this.#appendBatch(part)
      if (errorCode !== 0) return errorCode
    }
    return 0
  }

  #appendBatch(records: readonly DraftRecord[]): number {
    const { clock, codec } = this.#options
    const batch = draftBatch(records, clock.wallMs(), codec)
    if (batch.length > this.#log.batchBytesMax) {
      return this.#refused(errorCodes.MESSAGE_TOO_LARGE, `a batch of ${batch.length} bytes`)
    }
    const life = this.#life
    let appended
    try {
      appended = this.#log.append(batch)
    } catch (error) {
      if (!(error instanceof ShardLogError)) throw error
      return this.#refused(error.errorCode, error.message)
    }
    const isCommitted = this.#log.highWatermark >= appended.offsetEnd
    if (!isCommitted) this.#awaitCommit(life, appended.offsetEnd, appended.committed)
    // The append itself may have ended this life: a failed log dir gives up its partitions at once.
    if (life !== this.#life) return errorCodes.NOT_COORDINATOR
    if (isCommitted) this.#committedEnd = appended.offsetEnd
    const baseOffset = appended.offsetEnd - records.length
    records.forEach(({ key, value }, index) => {
      const offset = baseOffset + index
      this.#machine.apply(this.#state, { offset, key, value, transactionalProducerId: -1 })
    })
    this.#appliedEnd = appended.offsetEnd
    return 0
  }

  #refused(logErrorCode: number, why: string): number {
    const { name, telemetry } = this.#options
    const fields = { shard: name, epoch: this.epoch, errorCode: logErrorCode }
    telemetry.log('warn', 'coordinator.append.failed', `Cannot append to ${name}: ${why}`, fields)
    return coordinatorError(logErrorCode)
  }

  #awaitCommit(life: number, offsetEnd: number, committed: Promise<void>): void {
    committed.then(
      () => {
        if (life === this.#life) this.#committed(offsetEnd)
      },
      (error: unknown) => {
        if (life === this.#life) this.#commitFailed(error)
      },
    )
  }

  #committed(offsetEnd: number): void {
    // Committed, but in whose epoch? Only the log of our own may acknowledge (reference L11).
    if (this.#log.currentEpoch !== this.epoch) return this.#end('failed')
    this.#isReloaded = false
    this.#committedEnd = Math.max(this.#committedEnd, offsetEnd)
    this.#commits.committed(this.#committedEnd)
    this.#armDeadline()
  }

  /** What was appended will never be committed: the state that holds it is worth nothing. */
  #commitFailed(error: unknown): void {
    const { name, telemetry } = this.#options
    const message = error instanceof Error ? error.message : String(error)
    telemetry.log('error', 'coordinator.commit.failed', `${name} lost its log: ${message}`, {
      shard: name,
      epoch: this.epoch,
    })
    const mustReload = this.#log.currentEpoch === this.epoch && !this.#isReloaded
    this.#end(mustReload ? 'loading' : 'failed')
    if (!mustReload) return
    this.#isReloaded = true
    void this.load()
  }

  /** Calls `done` once all that is applied is committed, or at once with the error that is known already. */
  #afterCommit(errorCode: number, done: (errorCode: number) => void): void {
    if (errorCode !== 0 || this.#committedEnd >= this.#appliedEnd) return done(errorCode)
    const deadlineMs = this.#options.clock.monotonicMs() + this.#options.commitTimeoutMs
    this.#commits.add({ offsetEnd: this.#appliedEnd, deadlineMs, done })
    if (this.#deadline === null) this.#armDeadline()
  }

  #armDeadline(): void {
    this.#deadline?.cancel()
    this.#deadline = null
    const { clock } = this.#options
    const next = this.#commits.nextDeadlineMs
    if (next === null) return
    this.#deadline = clock.after(Math.max(0, next - clock.monotonicMs()), () => {
      this.#deadline = null
      this.#commits.expire(clock.monotonicMs(), coordinatorError(errorCodes.REQUEST_TIMED_OUT))
      if (this.#deadline === null) this.#armDeadline()
    })
  }

  /** Ends a life of the shard: nothing that it started will be heard again. */
  #end(phase: ShardPhase): void {
    this.#life += 1
    this.#phase = phase
    this.#timers.cancelAll()
    this.#commits.failAll(errorCodes.NOT_COORDINATOR)
    this.#armDeadline()
    const owed = [...this.#owed.values()]
    this.#owed.clear()
    for (const resolve of owed) resolve({ ok: false, errorCode: errorCodes.NOT_COORDINATOR })
    this.#state = this.#machine.blank()
  }
}
