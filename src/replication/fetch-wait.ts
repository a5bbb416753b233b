import type { Clock } from '../io/index.ts'
import type { Partition } from './partition.ts'

/**
 * Resolves when `minBytes` more bytes have become visible on the partitions together, or `maxWaitMs` has passed. Nothing is read meanwhile.
 *
 * @param bytesReady what is visible already
 */
export function awaitBytes(
  clock: Clock,
  partitions: Iterable<Partition>,
  bytesReady: number,
  minBytes: number,
  maxWaitMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    let bytes = bytesReady
    const leave: Array<() => void> = []
    const finish = (): void => {
      timer.cancel()
      for (const stop of leave) stop()
      resolve()
    }
    const timer = clock.after(maxWaitMs, finish)
    for (const partition of partitions) {
      leave.push(
        partition.readers.add((newBytes) => {
          bytes += newBytes
          if (bytes >= minBytes) finish()
        }),
      )
    }
  })
}
