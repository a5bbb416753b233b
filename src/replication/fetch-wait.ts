import type { Clock } from '../io/index.ts'
import type { DataWaiters } from './waiting.ts'

/**
 * Resolves when `minBytes` more bytes have become visible to the waiting lists together, or `maxWaitMs` has passed. Nothing is read meanwhile.
 *
 * @param bytesReady what is visible already
 * @param onceGone registers what is called when nobody waits any more; returns what takes it back
 * @returns false when nobody waits any more
 */
export function awaitBytes(
  clock: Clock,
  lists: Iterable<DataWaiters>,
  bytesReady: number,
  minBytes: number,
  maxWaitMs: number,
  onceGone: (handler: () => void) => () => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    let bytes = bytesReady
    const leave: Array<() => void> = []
    const finish = (isWanted: boolean): void => {
      timer.cancel()
      for (const stop of leave) stop()
      resolve(isWanted)
    }
    const timer = clock.after(maxWaitMs, () => finish(true))
    for (const list of lists) {
      leave.push(
        list.add((newBytes) => {
          bytes += newBytes
          if (bytes >= minBytes) finish(true)
        }),
      )
    }
    leave.push(onceGone(() => finish(false)))
  })
}
