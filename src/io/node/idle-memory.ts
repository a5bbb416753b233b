/**
 * Gives memory back after a burst. V8 does so by itself some seconds after a full collection, but a process that has become idle has none: what ten
 * thousand new partitions or a loud minute took would stay with it. So the first idle moment after a burst gets one.
 */
import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const CHECK_MS = 1_000
/** Share of the time in which the loop had something to do. */
const IDLE_MAX = 0.05
/** V8 takes its time to give back; a process that is only used now and then must not collect every time. */
const PAUSE_MS = 30_000
/** Heap that is taken and not used: from here on, and from this share of what is used on, it is worth a collection. */
const SLACK_BYTES_MIN = 6 * 1024 * 1024
const SLACK_SHARE_MIN = 0.25
/** A collection of more would hold up the loop for too long. */
const USED_BYTES_MAX = 48 * 1024 * 1024

export interface MemorySeen {
  readonly nowMs: number
  /** Between 0 and 1, since the last look. */
  readonly utilization: number
  readonly heapTotal: number
  readonly heapUsed: number
}

/** Whether this is a moment to collect; `collectedMs` is when that was done last. */
export function mustCollect(seen: MemorySeen, collectedMs: number): boolean {
  const { nowMs, utilization, heapTotal, heapUsed } = seen
  if (utilization > IDLE_MAX || nowMs - collectedMs < PAUSE_MS) return false
  const slackBytes = heapTotal - heapUsed
  const isLoose = slackBytes > SLACK_BYTES_MIN && slackBytes > SLACK_SHARE_MIN * heapUsed
  return isLoose && heapUsed < USED_BYTES_MAX
}

/** Collects all garbage, of which Node offers no call unless it was started for it. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  collect()
}

/** Watches this process until it ends, and keeps it from nothing. */
export function returnMemoryWhenIdle(): void {
  let collectedMs = -Infinity
  let last = performance.eventLoopUtilization()
  setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    const nowMs = performance.now()
    if (!mustCollect({ ...process.memoryUsage(), nowMs, utilization }, collectedMs)) return
    collectedMs = nowMs
    collectGarbage()
  }, CHECK_MS).unref()
}
