/**
 * Preloaded into a node under attack (`node --expose-gc --import watch-loop.ts …`): how long its loop stood still, and what it holds.
 * At SIGUSR2 it appends one line of JSON, a {@link WatchReport}, to the file that WATCH_FILE names, and begins a new period.
 *
 * On a machine with other work the wall clock alone would blame the node for what the scheduler did. The kernel knows how long a thread was
 * ready to run and did not (`schedstat`): that is taken off, for the thread of the loop and for the helper that it may have waited for (V8 collects
 * garbage on several threads). What remains is the node's own: work on the loop, or a call that stood still in the kernel.
 */
import { appendFileSync, openSync, readdirSync, readSync } from 'node:fs'

const TICK_MS = 5
/** Gaps shorter than this are not listed one by one. */
const LISTED_MS = 25
const LISTED_MAX = 20

/** One time in which the loop did not come round. */
export interface Stall {
  /** Uptime of the node when it ended. */
  readonly atMs: number
  /** Without the time in which the thread waited for a processor. */
  readonly ownMs: number
  readonly wallMs: number
  /** Processor time of the thread; the rest was spent in the kernel, waiting for a disk. */
  readonly cpuMs: number
}

export interface WatchReport {
  /** Since the report before. */
  readonly stalls: readonly Stall[]
  readonly worst: Stall
  /** Processor time of all threads, since the start. */
  readonly cpuMs: number
  /** After a collection of all garbage. */
  readonly rssBytes: number
  readonly heapBytes: number
  readonly externalBytes: number
  readonly descriptors: number
}

const none: Stall = { atMs: 0, ownMs: 0, wallMs: 0, cpuMs: 0 }
let stalls: Stall[] = []
let worst = none

const text = Buffer.alloc(128)
const MAIN = String(process.pid)
/** Thread → its open `schedstat`. */
const threads = new Map<string, number>()

/** Helpers begin when they are first needed. */
function findThreads(): void {
  try {
    for (const id of readdirSync('/proc/self/task')) {
      if (!threads.has(id)) threads.set(id, openSync(`/proc/self/task/${id}/schedstat`, 'r'))
    }
  } catch {
    // Not Linux, or the thread has just ended.
  }
}

/** Milliseconds that a thread has run, and has waited to run. */
function timesOf(descriptor: number | undefined): { ranMs: number; waitedMs: number } {
  if (descriptor === undefined) return { ranMs: 0, waitedMs: 0 }
  try {
    const size = readSync(descriptor, text, 0, text.length, 0)
    const [ran = 0, waited = 0] = text.toString('latin1', 0, size).split(' ').map(Number)
    return { ranMs: ran / 1e6, waitedMs: waited / 1e6 }
  } catch {
    return { ranMs: 0, waitedMs: 0 } // The thread has ended.
  }
}

interface Moment {
  readonly nowMs: number
  readonly ranMs: number
  readonly waitedMs: number
  readonly helpersWaitedMs: readonly number[]
}

/** The clock and the times of the threads as of one moment: asked again if the loop had to wait in between. */
function moment(): Moment {
  const main = threads.get(MAIN)
  for (let tries = 0; ; tries++) {
    const { waitedMs } = timesOf(main)
    const nowMs = performance.now()
    const helpersWaitedMs = Array.from(threads, ([id, descriptor]) =>
      id === MAIN ? 0 : timesOf(descriptor).waitedMs,
    )
    const times = timesOf(main)
    if (times.waitedMs - waitedMs < 0.2 || tries === 10) {
      return { nowMs, ...times, helpersWaitedMs }
    }
  }
}

/** How long the one helper waited that waited longest. */
function helperWaitMs(from: Moment, to: Moment): number {
  const waits = to.helpersWaitedMs.map(
    (waited, index) => waited - (from.helpersWaitedMs[index] ?? 0),
  )
  return Math.max(0, ...waits)
}

findThreads()
let last = moment()
let ticks = 0

function tick(): void {
  const now = moment()
  const wallMs = now.nowMs - last.nowMs - TICK_MS
  const cpuMs = now.ranMs - last.ranMs
  const waitedMs = now.waitedMs - last.waitedMs + helperWaitMs(last, now)
  const ownMs = Math.max(Math.min(cpuMs, wallMs), wallMs - waitedMs)
  if (ownMs > worst.ownMs || ownMs > LISTED_MS) {
    const stall = { atMs: now.nowMs, ownMs, wallMs, cpuMs }
    if (ownMs > worst.ownMs) worst = stall
    if (ownMs > LISTED_MS && stalls.length < LISTED_MAX) stalls.push(stall)
  }
  if (++ticks % 200 === 0) findThreads()
  last = ticks % 200 === 0 ? moment() : now
}

function startOver(): void {
  stalls = []
  worst = none
  last = moment()
}

setInterval(tick, TICK_MS).unref()

const file = process.env['WATCH_FILE']
if (file !== undefined) {
  process.on('SIGUSR2', () => {
    tick()
    const seen = { stalls, worst }
    globalThis.gc?.()
    const { rss, heapUsed, external } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const report: WatchReport = {
      ...seen,
      cpuMs: (user + system) / 1000,
      rssBytes: rss,
      heapBytes: heapUsed,
      externalBytes: external,
      descriptors: readdirSync('/proc/self/fd').length,
    }
    appendFileSync(file, `${JSON.stringify(report)}\n`)
    startOver()
  })
}
