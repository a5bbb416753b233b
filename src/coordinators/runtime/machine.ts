/**
 * The contract between a coordinator's pure core and the shard that runs it: decide, append, wait for commit, apply, answer.
 *
 * A core has two kinds of state. What is in the log is changed by `apply` alone, live and in replay, so that it is
 * always what a replay would give. What is not in the log (who waits for an answer, who must heartbeat) is changed by `decide`.
 */
import { assert } from '../../base/index.ts'
import type { LogFields, LogLevel } from '../../io/index.ts'

/** Names a request whose answer is still owed. */
export type RequestId = number

/** A record to append. */
export interface DraftRecord {
  readonly key: Buffer
  /** null deletes the key. */
  readonly value: Buffer | null
}

/** A record of the log, replayed or just appended. The buffers are views: copy what is kept. */
export interface LoggedRecord {
  readonly offset: number
  readonly key: Buffer
  readonly value: Buffer | null
  /** Of a transactional batch, whose records count only once its marker says so; -1 otherwise. */
  readonly transactionalProducerId: number
}

/** The end of a transaction, as a control batch of the log tells it. */
export interface TransactionMarker {
  readonly producerId: number
  readonly isCommit: boolean
}

export interface Machine<State, Event, FollowUp, Response> {
  /** State of an empty log. */
  blank(): State
  apply(state: State, record: LoggedRecord): void
  applyMarker(state: State, marker: TransactionMarker): void
  /** Called once when the whole log has been applied. */
  loaded(state: State, nowMs: number): Decision<Event, FollowUp, Response>
  /** @param nowMs wall clock, for timestamps in records and their age */
  decide(state: State, event: Event, nowMs: number): Decision<Event, FollowUp, Response>
  /**
   * Goes on with a decision's follow-up: its records are committed (0), were not appended, or were not committed in time (the
   * error code for clients).
   */
  finish(
    state: State,
    followUp: FollowUp,
    errorCode: number,
    nowMs: number,
  ): Decision<Event, FollowUp, Response>
}

/** What a core wants done. */
export interface Decision<Event, FollowUp, Response> {
  /** Appended as one batch, or not at all. */
  readonly records: readonly DraftRecord[]
  /** The records may be split over several batches: each is right without the others. */
  readonly isDivisible: boolean
  readonly answers: ReadonlyArray<Answer<Response>>
  readonly timers: ReadonlyArray<TimerChange<Event>>
  /** Given back to {@link Machine.finish} when the fate of the records is known. */
  readonly followUp: FollowUp | null
  readonly notes: readonly Note[]
}

export interface Answer<Response> {
  readonly to: RequestId
  readonly response: Response
  /**
   * Wait until all that the answer may rest on is committed: the records of this decision and everything appended before. If that fails, the
   * requester gets the error instead.
   */
  readonly whenCommitted: boolean
}

/** Sets the timer `key` anew, or cancels it (null). The event comes back to {@link Machine.decide}. */
export interface TimerChange<Event> {
  readonly key: string
  readonly delayMs: number
  readonly event: Event | null
}

/** A log line. */
export interface Note {
  readonly level: LogLevel
  readonly event: string
  readonly message: string
  readonly fields: LogFields
}

/** Collects a {@link Decision} while a core works through an event. */
export class Step<Event, FollowUp, Response> implements Decision<Event, FollowUp, Response> {
  readonly records: DraftRecord[] = []
  readonly answers: Array<Answer<Response>> = []
  readonly timers: Array<TimerChange<Event>> = []
  readonly notes: Note[] = []
  isDivisible = false
  #followUp: FollowUp | null = null

  get followUp(): FollowUp | null {
    return this.#followUp
  }

  /** Appends `record`. */
  append(record: DraftRecord): void {
    this.records.push(record)
  }

  /** Answers at once: nothing in `response` rests on the log. */
  answer(to: RequestId, response: Response): void {
    this.answers.push({ to, response, whenCommitted: false })
  }

  /** Answers when this step's records and all before them are committed. */
  answerWhenCommitted(to: RequestId, response: Response): void {
    this.answers.push({ to, response, whenCommitted: true })
  }

  /** Sets the timer `key`, replacing one of that key. */
  schedule(key: string, delayMs: number, event: Event): void {
    this.timers.push({ key, delayMs: Math.max(0, delayMs), event })
  }

  cancel(key: string): void {
    this.timers.push({ key, delayMs: 0, event: null })
  }

  /** Goes on with `followUp` when the fate of the records is known. Once a step. */
  continueWith(followUp: FollowUp): void {
    assert(this.#followUp === null, 'A step can wait for its records only once')
    this.#followUp = followUp
  }

  note(level: LogLevel, event: string, message: string, fields: LogFields): void {
    this.notes.push({ level, event, message, fields })
  }
}
