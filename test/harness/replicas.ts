/** Whether the replicas of a partition hold the same bytes, as far as they are committed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { lastOffsetOf, wholeBatches } from '../../src/records/index.ts'

interface ReplicaLog {
  readonly dir: string
  readonly start: number
  readonly end: number
  /** Base offset → the batch's bytes. */
  readonly batches: ReadonlyMap<number, Buffer>
}

/**
 * Throws when two replicas differ between the highest log start and `highWatermark`, or when one does not reach it.
 *
 * @param dirs log dirs of the nodes that hold a replica
 * @returns how many bytes were compared, of one replica
 */
export function expectSameBytes(
  dirs: readonly string[],
  partition: string,
  highWatermark: number,
): number {
  const logs = dirs.map((dir) => readLog(join(dir, partition)))
  const start = Math.max(...logs.map((log) => log.start))
  const [first, ...others] = logs
  if (first === undefined) return 0
  for (const log of logs) {
    if (log.end < highWatermark) {
      throw new Error(`${log.dir}: it ends at ${log.end}, the high watermark is ${highWatermark}`)
    }
  }
  let bytes = 0
  for (const [offset, batch] of first.batches) {
    if (offset < start || offset >= highWatermark) continue
    bytes += batch.length
    for (const other of others) {
      const found = other.batches.get(offset)
      if (found?.equals(batch) === true) continue
      const what = found === undefined ? 'nothing' : 'another batch'
      throw new Error(
        `${other.dir}: at offset ${offset} wanted what ${first.dir} has, found ${what}`,
      )
    }
  }
  return bytes
}

function readLog(dir: string): ReplicaLog {
  const batches = new Map<number, Buffer>()
  const files = readdirSync(dir)
    .filter((name) => name.endsWith('.log'))
    .toSorted()
  let end = Number((files.at(-1) ?? '0').replace('.log', ''))
  for (const file of files) {
    const bytes = readFileSync(join(dir, file))
    for (const header of wholeBatches(bytes)) {
      const { baseOffset, position, sizeBytes } = header
      batches.set(baseOffset, bytes.subarray(position, position + sizeBytes))
      end = lastOffsetOf(header) + 1
    }
  }
  return { dir, start: Number((files[0] ?? '0').replace('.log', '')), end, batches }
}
