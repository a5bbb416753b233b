/**
 * Preloaded into a node under attack (`node --expose-gc --import watch-loop.ts …`): how long its loop stood still, and what it holds.
 * At SIGUSR2 it appends one line of JSON, a {@link WatchReport}, to the file that WATCH_FILE names, and begins a new period.
 *
 * On a machine with other work the wall clock alone would blame the node for what the scheduler did. The kernel knows how long a thread was
 * ready to run and did not (`schedstat`): that is taken off.
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

const schedstat = openSchedstat()
const text = Buffer.alloc(128)

function openSchedstat(): number | null {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
  } catch {
    return null
  }
}

/** Milliseconds that the main thread has run, and has waited to run. */
function threadTimes(): { ranMs: number; waitedMs: number } {
  if (schedstat === null) return { ranMs: 0, waitedMs: 0 }
  const size = readSync(schedstat, text, 0, text.length, 0)
  const [ran = 0, waited = 0] = text.toString('latin1', 0, size).split(' ').map(Number)
  return { ranMs: ran / 1e6, waitedMs: waited / 1e6 }
}

interface Moment {
  readonly nowMs: number
  readonly ranMs: number
  readonly waitedMs: number
}

/** The clock and the times of the thread as of one moment: asked again if the thread had to wait between the two. */
function moment(): Moment {
  for (let tries = 0; ; tries++) {
    const { waitedMs } = threadTimes()
    const nowMs = performance.now()
    const times = threadTimes()
    if (times.waitedMs - waitedMs < 0.2 || tries === 10) return { nowMs, ...times }
  }
}

let last = moment()

function tick(): void {
  const now = moment()
  const wallMs = now.nowMs - last.nowMs - TICK_MS
  const ownMs = wallMs - (now.waitedMs - last.waitedMs)
  if (ownMs > worst.ownMs || ownMs > LISTED_MS) {
    const stall = { atMs: now.nowMs, ownMs, wallMs, cpuMs: now.ranMs - last.ranMs }
    if (ownMs > worst.ownMs) worst = stall
    if (ownMs > LISTED_MS && stalls.length < LISTED_MAX) stalls.push(stall)
  }
  last = now
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
