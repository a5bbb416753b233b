/**
 * `N.txnindex`: the aborted transactions whose marker lies in the segment. Entries of 34 bytes: version 0 (int16), producer id, first offset, last
 * offset (the marker), last stable offset then (int64 each). Missing while there is none (org.apache.kafka.storage.internals.log.AbortedTxn).
 */
import { readInt64, writeInt64 } from '../base/index.ts'
import { EntryFile } from './entry-file.ts'
import type { FileCache } from './file-cache.ts'
import type { Steps } from './steps.ts'

const ENTRY_BYTES = 34
const VERSION = 0

export interface AbortedTxn {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of the abort marker. */
  readonly lastOffset: number
  readonly lastStableOffset: number
}

export class TxnIndex {
  readonly file: EntryFile

  constructor(files: FileCache, path: string) {
    this.file = new EntryFile(files, path, ENTRY_BYTES)
  }

  add(txn: AbortedTxn): void {
    const entry = this.file.add()
    entry.writeInt16BE(VERSION, 0)
    writeInt64(entry, txn.producerId, 2)
    writeInt64(entry, txn.firstOffset, 10)
    writeInt64(entry, txn.lastOffset, 18)
    writeInt64(entry, txn.lastStableOffset, 26)
  }

  /**
   * Adds to `found` the transactions that overlap `[offset, offsetEnd)`. True when no later segment can hold another: its last stable offset has
   * passed the range.
   */
  *collect(
    offset: number,
    offsetEnd: number,
    found: { producerId: number; firstOffset: number }[],
    hot: boolean,
  ): Steps<boolean> {
    const first = yield* this.file.countUpTo(offset - 1, lastOffsetAt, hot)
    for (let index = first; index < this.file.count; index++) {
      const txn = parse(yield* this.file.entry(index, hot))
      if (txn.firstOffset < offsetEnd) {
        found.push({ producerId: txn.producerId, firstOffset: txn.firstOffset })
      }
      if (txn.lastStableOffset >= offsetEnd) return true
    }
    return false
  }

  /** Removes the transactions whose marker lies at or above `offset`. */
  *truncateTo(offset: number, hot: boolean): Steps<void> {
    this.file.cut(yield* this.file.countUpTo(offset - 1, lastOffsetAt, hot))
  }
}

function lastOffsetAt(buffer: Buffer, position: number): number {
  return readInt64(buffer, position + 18)
}

function parse(entry: Buffer): AbortedTxn {
  return {
    producerId: readInt64(entry, 2),
    firstOffset: readInt64(entry, 10),
    lastOffset: readInt64(entry, 18),
    lastStableOffset: readInt64(entry, 26),
  }
}
