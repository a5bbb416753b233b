/**
 * Recovery: from what the files hold and the last recovery point to a log that can be appended to (the rules of
 * org.apache.kafka.storage.internals.log.LogLoader, with two of our own).
 *
 * - What lies above the recovery point was never flushed for sure: every batch is verified, and the first bad one ends the log. Index entries for
 *   it are made anew.
 * - What lies below is trusted, and only the headers that are needed are read. Damage there is never cut off: the log goes on behind it, and
 *   reading it answers `corrupt`. (Kafka would delete everything behind it.)
 * - The cost depends on what was not flushed, not on the size of the log: reading begins at the last index entry below the recovery point, even
 *   in the middle of a segment. (Kafka reads the whole segment.)
 */
import { BATCH_HEADER_SIZE, readBatchHeader } from '../records/index.ts'
import type { BatchHeader } from '../records/index.ts'
import type { LogState } from './log-state.ts'
import { loadSnapshot, positionIn } from './producer-replay.ts'
import { findNextBatch } from './resync.ts'
import type { CutTail, RecoveryOutcome } from './results.ts'
import { newSegment } from './roll.ts'
import { headerProblem, scanBatches } from './scan.ts'
import type { ScanEnd } from './scan.ts'
import type { Segment } from './segment.ts'
import type { Steps } from './steps.ts'

/** Recovery reads off the loop, or all of it on the loop: see steps.ts. */
const COLD = false

export interface Findings {
  /** Base offset and file size of each segment, before recovery changes them. */
  readonly fileSizes: ReadonlyMap<Segment, number>
  /** All below was flushed; Infinity after a clean stop that left no checkpoint. */
  readonly recoveryPoint: number
  /** There is a checkpoint, so that the recovery point is no guess. */
  readonly hasCheckpoint: boolean
  /** Batches below are in the producer state already. */
  readonly producersFrom: number
  /**
   * A sync may have failed before the process ended. The kernel then shows pages, as clean, that are not on the device and that no later sync writes
   * ("fsyncgate"): what is kept has to be written again.
   */
  readonly mayBeLost: boolean
  /** Headers from here on have to be read, for producers and leader epochs. */
  readonly replayFrom: number
}

/** Brings segments, indexes, epochs, producers and log end of `log` in line with what is whole on disk. */
export function* recover(log: LogState, findings: Findings): Steps<RecoveryOutcome> {
  return yield* new Recovery(log, findings).run()
}

class Recovery {
  readonly #log: LogState
  readonly #findings: Findings
  readonly #notes: string[] = []
  #verifiedBytes = 0
  #cut: CutTail | null = null
  /** Flushed records are missing at the end of a segment: the log goes on in a new one, behind them. */
  #goOnAt: number | null = null

  constructor(log: LogState, findings: Findings) {
    this.#log = log
    this.#findings = findings
  }

  *run(): Steps<RecoveryOutcome> {
    const log = this.#log
    const first = this.#firstToVerify()
    yield* this.#replayOlderSegments(first)
    let offsetEnd = log.segments[first]?.baseOffset ?? log.logStart
    for (let index = first; index < log.segments.length; index++) {
      const segment = log.segments[index] as Segment
      if (index > first && (this.#cut !== null || !this.#follows(segment, offsetEnd))) {
        if (segment.baseOffset > log.logStart) {
          const problem = `it does not begin at ${offsetEnd}, where the one before ends`
          this.#dropFrom(index, offsetEnd, this.#cut === null ? problem : 'the one before was cut')
          break
        }
        yield* this.#dropBefore(index)
        index = 0
        offsetEnd = segment.baseOffset
      }
      offsetEnd = yield* this.#recoverSegment(segment, Math.max(offsetEnd, segment.baseOffset))
    }
    if (this.#goOnAt !== null) log.segments = [...log.segments, newSegment(log, this.#goOnAt)]
    log.logEnd = Math.max(offsetEnd, log.segments.at(-1)?.baseOffset ?? 0)
    return { verifiedBytes: this.#verifiedBytes, cut: this.#cut, rebuilt: this.#notes }
  }

  /** Index of the segment that holds the recovery point. */
  #firstToVerify(): number {
    const { recoveryPoint } = this.#findings
    const after = this.#log.segments.findIndex(({ baseOffset }) => baseOffset > recoveryPoint)
    if (after === -1) return this.#log.segments.length - 1
    return Math.max(0, after - 1)
  }

  /**
   * Segments end where the next begins, but for compaction. A gap above the recovery point is a tail that the disk lost: what lies behind it goes too,
   * rather than leaving a hole. Without a checkpoint a gap may be as old as the log, from a time when the topic was compacted.
   */
  #follows(segment: Segment, offsetEnd: number): boolean {
    if (segment.baseOffset === offsetEnd) return true
    const mayHaveGaps = this.#log.config.cleanupCompact || !this.#findings.hasCheckpoint
    return segment.baseOffset > offsetEnd && mayHaveGaps
  }

  #dropFrom(index: number, offsetEnd: number, reason: string): void {
    const log = this.#log
    const dropped = log.segments.slice(index)
    const first = dropped[0]
    if (first === undefined) return
    log.segments = log.segments.slice(0, index)
    let sizeBytes = 0
    // The last one first: a crash in between leaves no gap.
    for (const segment of dropped.toReversed()) {
      sizeBytes += this.#findings.fileSizes.get(segment) ?? 0
      log.env.removeLater(segment.retire(), log.config.fileDeleteDelayMs)
    }
    this.#cut ??= {
      offset: offsetEnd,
      segmentBaseOffset: first.baseOffset,
      position: 0,
      sizeBytes: 0,
      reason,
    }
    this.#cut = { ...this.#cut, sizeBytes: this.#cut.sizeBytes + sizeBytes }
  }

  /** Segments that retention removed, and of which a power cut brought back some: nothing in them is part of the log. */
  *#dropBefore(index: number): Steps<void> {
    const log = this.#log
    this.#cut = null
    for (const segment of log.segments.slice(0, index)) {
      log.env.removeLater(segment.retire(), log.config.fileDeleteDelayMs)
    }
    log.segments = log.segments.slice(index)
    yield* loadSnapshot(log, log.segments[0]?.baseOffset ?? 0)
  }

  /** Producers and epochs from segments that need no verification, where no snapshot saves the work. */
  *#replayOlderSegments(first: number): Steps<void> {
    const { fileSizes, replayFrom } = this.#findings
    const log = this.#log
    for (let index = 0; index < first; index++) {
      const segment = log.segments[index] as Segment
      const end = fileSizes.get(segment) ?? 0
      segment.sizeBytes = end
      segment.syncedBytes = end
      const next = log.segments[index + 1]
      if (next === undefined || next.baseOffset <= replayFrom) continue
      const from = yield* positionIn(log, segment, replayFrom)
      const range = { file: segment.log, from, end, baseOffset: segment.baseOffset }
      const visit = (header: BatchHeader, _position: number, buffer: Buffer): boolean => {
        this.#enter(header, buffer)
        return true
      }
      const scan = yield* scanBatches(range, { verify: false, hot: COLD }, visit)
      if (scan.problem !== null) this.#reportDamage(segment, scan)
    }
  }

  /** Returns the offset after the last batch of the segment. */
  *#recoverSegment(segment: Segment, offsetMin: number): Steps<number> {
    const { fileSizes, recoveryPoint, replayFrom } = this.#findings
    const end = fileSizes.get(segment) ?? 0
    segment.sizeBytes = end
    let from = 0
    if (recoveryPoint > segment.baseOffset) {
      const replayed = yield* positionIn(this.#log, segment, replayFrom)
      const noted = yield* this.#rewind(segment, end)
      from = Math.min(replayed, noted)
    } else {
      segment.offsetIndex.file.reset()
      segment.timeIndex.reset()
      segment.txnIndex.file.reset()
      yield* segment.rewind(segment.baseOffset, COLD)
    }
    yield* segment.prepare(COLD)

    let scan = yield* this.#readFlushed(segment, from, end, offsetMin)
    segment.syncedBytes = scan.position
    if (scan.position < end && scan.problem === null) {
      scan = yield* this.#verify(segment, scan.position, end, scan.offsetEnd)
    }
    if (segment.sizeBytes < end) this.#cutTail(segment, end, scan)
    return scan.offsetEnd
  }

  /** Takes the indexes back to the recovery point; where they do not fit the log they are made anew from the segment's beginning. */
  *#rewind(segment: Segment, end: number): Steps<number> {
    const offset = Math.min(this.#findings.recoveryPoint, Number.MAX_SAFE_INTEGER)
    const position = yield* segment.rewind(offset, COLD)
    if (position === 0) return 0
    if (position + BATCH_HEADER_SIZE <= end) {
      const bytes = yield { file: segment.log, position, sizeBytes: BATCH_HEADER_SIZE, hot: COLD }
      const header = readBatchHeader(bytes, 0)
      const problem = headerProblem(header, segment.baseOffset, segment.baseOffset, end - position)
      if (problem === null && header.baseOffset <= offset) return position
    }
    this.#notes.push(`the index of segment ${segment.baseOffset} did not fit its log`)
    segment.offsetIndex.file.reset()
    segment.timeIndex.reset()
    return yield* segment.rewind(offset, COLD)
  }

  /** Reads headers up to the recovery point. Passes over damage, to the next whole batch. */
  *#readFlushed(segment: Segment, from: number, end: number, offsetMin: number): Steps<ScanEnd> {
    const { recoveryPoint } = this.#findings
    const notedFrom = segment.sizeBytes
    const visit = (header: BatchHeader, position: number, buffer: Buffer): boolean => {
      if (header.baseOffset >= recoveryPoint) return false
      this.#enter(header, buffer)
      if (position >= notedFrom) this.#note(segment, header, position)
      return true
    }
    let scan: ScanEnd = {
      position: from,
      offsetEnd: from === 0 ? offsetMin : segment.baseOffset,
      problem: null,
    }
    for (;;) {
      const { baseOffset } = segment
      const range = {
        file: segment.log,
        from: scan.position,
        end,
        baseOffset,
        offsetMin: scan.offsetEnd,
      }
      scan = yield* scanBatches(range, { verify: false, hot: COLD }, visit)
      if (scan.problem === null || scan.offsetEnd >= recoveryPoint)
        return { ...scan, problem: null }
      const next = yield* findNextBatch({
        ...range,
        from: scan.position + 1,
        offsetMin: scan.offsetEnd,
      })
      if (next === null) return this.#endInDamage(segment, end, scan)
      this.#reportDamage(segment, scan)
      scan = { position: next, offsetEnd: scan.offsetEnd, problem: null }
    }
  }

  /** Flushed records are missing at the end of the segment: nothing may take their offsets, and whoever asks for them is told. */
  #endInDamage(segment: Segment, end: number, scan: ScanEnd): ScanEnd {
    const { recoveryPoint } = this.#findings
    // Without a checkpoint nobody says that there was more.
    if (recoveryPoint === Infinity) return { ...scan, problem: null }
    this.#reportDamage(segment, scan)
    segment.sizeBytes = end
    this.#goOnAt = recoveryPoint
    return { position: end, offsetEnd: recoveryPoint, problem: null }
  }

  *#verify(segment: Segment, from: number, end: number, offsetMin: number): Steps<ScanEnd> {
    const range = { file: segment.log, from, end, baseOffset: segment.baseOffset, offsetMin }
    const scan = yield* scanBatches(
      range,
      { verify: true, hot: COLD },
      (header, position, buffer) => {
        this.#note(segment, header, position)
        const aborted = this.#enter(header, buffer)
        if (aborted !== null) segment.txnIndex.add(aborted)
        if (this.#findings.mayBeLost) {
          const { position: at, sizeBytes } = header
          segment.log.write([buffer.subarray(at, at + sizeBytes)], position)
        }
        return true
      },
    )
    this.#verifiedBytes += scan.position - from
    return scan
  }

  #cutTail(segment: Segment, end: number, scan: ScanEnd): void {
    this.#cut = {
      offset: scan.offsetEnd,
      segmentBaseOffset: segment.baseOffset,
      position: segment.sizeBytes,
      sizeBytes: end - segment.sizeBytes,
      reason: scan.problem ?? 'bytes behind the last batch',
    }
    segment.cut()
  }

  #note(segment: Segment, header: BatchHeader, position: number): void {
    const { sizeBytes, maxTimestamp } = header
    const lastOffset = header.baseOffset + header.lastOffsetDelta
    segment.note(
      { position, sizeBytes, lastOffset, maxTimestamp },
      this.#log.config.indexIntervalBytes,
    )
  }

  /** Enters a batch into epochs and producers; returns the transaction it aborted. */
  #enter(header: BatchHeader, buffer: Buffer): ReturnType<LogState['producers']['enter']> {
    const log = this.#log
    const { baseOffset, leaderEpoch } = header
    if (leaderEpoch > log.epochs.latest) log.epochs.assign(leaderEpoch, baseOffset)
    if (header.producerId < 0 || baseOffset < this.#findings.producersFrom) return null
    const txn = log.producers.enter(header, baseOffset, buffer, log.env.clock.monotonicMs())
    if (txn !== null) log.producers.complete(txn)
    return txn?.aborted === true ? txn : null
  }

  #reportDamage(segment: Segment, scan: ScanEnd): void {
    const { env, name } = this.#log
    const message = `${name}: flushed records are damaged in segment ${segment.baseOffset} at byte ${scan.position}, after offset ${scan.offsetEnd - 1}: ${scan.problem}`
    this.#notes.push(message)
    env.telemetry.log('error', 'log.damaged', message)
  }
}
