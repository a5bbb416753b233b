/** The small files beside a segment: offset, time and transaction index, producer snapshot. */
import { existsSync, readFileSync } from 'node:fs'
import { crc32c, readInt64 } from '../../base/index.ts'
import { BATCH_HEADER_SIZE, lastOffsetOf, readBatchHeader } from '../../records/index.ts'
import { baseOffsetOf } from './file-kind.ts'
import { problem } from './item.ts'
import type { Item } from './item.ts'
import { ReadOnlyFile } from './read-only-file.ts'

type ShowEntry = (bytes: Buffer, at: number) => Iterable<Item>

/** Entries of one size. Indexes are made larger than needed: the rest is zero, and no entry but the first may be. */
function* dumpEntries(path: string, entryBytes: number, show: ShowEntry): Generator<Item> {
  const bytes = readFileSync(path)
  for (let at = 0; at + entryBytes <= bytes.length; at += entryBytes) {
    const isZero = bytes.subarray(at, at + entryBytes).every((byte) => byte === 0)
    if (at > 0 && isZero) return
    yield* show(bytes, at)
  }
  const rest = bytes.length % entryBytes
  if (rest !== 0) yield problem(`${rest} bytes are left over: entries have ${entryBytes} bytes`)
}

/** Entries: offset relative to the file's (int32), position of the batch that ends with it (int32). */
export function* dumpOffsetIndex(path: string): Generator<Item> {
  const baseOffset = baseOffsetOf(path) ?? 0
  const logPath = path.replace(/\.index(?=\.|$)/, '.log')
  const segment = logPath !== path && existsSync(logPath) ? new ReadOnlyFile(logPath) : null
  try {
    // An empty index is all zeros, which reads as an entry for the first batch: true or harmless.
    yield* dumpEntries(path, 8, function* (bytes, at) {
      const offset = baseOffset + bytes.readInt32BE(at)
      const position = bytes.readInt32BE(at + 4)
      if (offset === baseOffset && position === 0 && at === 0 && bytes.length > 8) return
      yield { kind: 'entry', offset, position }
      const wrong = segment === null ? null : wrongEntry(segment, offset, position)
      if (wrong !== null) yield problem(wrong, position)
    })
  } finally {
    segment?.close()
  }
}

function wrongEntry(segment: ReadOnlyFile, offset: number, position: number): string | null {
  const bytes = segment.read(position, BATCH_HEADER_SIZE)
  if (bytes.length < BATCH_HEADER_SIZE) return 'the segment has no batch at this position'
  const last = lastOffsetOf(readBatchHeader(bytes, 0))
  return last === offset ? null : `the batch at this position ends with offset ${last}`
}

/** Entries: greatest timestamp so far (int64), offset relative to the file's (int32). */
export function dumpTimeIndex(path: string): Iterable<Item> {
  const baseOffset = baseOffsetOf(path) ?? 0
  return dumpEntries(path, 12, function* (bytes, at) {
    const timestampMs = readInt64(bytes, at)
    if (timestampMs === 0 && at === 0) return
    yield { kind: 'entry', ts: timestampMs, offset: baseOffset + bytes.readInt32BE(at + 8) }
  })
}

/** Entries: version 0 (int16), producer id, first offset, last offset, last stable offset (int64 each). */
export function dumpTxnIndex(path: string): Iterable<Item> {
  return dumpEntries(path, 34, function* (bytes, at) {
    yield {
      kind: 'aborted',
      version: bytes.readInt16BE(at),
      producerId: readInt64(bytes, at + 2),
      firstOffset: readInt64(bytes, at + 10),
      lastOffset: readInt64(bytes, at + 18),
      lastStableOffset: readInt64(bytes, at + 26),
    }
  })
}

const SNAPSHOT_HEAD_BYTES = 10
const SNAPSHOT_ENTRY_BYTES = 46

/** Version (int16), CRC-32C of what follows it (uint32), number of entries (int32), entries. */
export function* dumpProducerSnapshot(path: string): Generator<Item> {
  const bytes = readFileSync(path)
  if (bytes.length < SNAPSHOT_HEAD_BYTES) return yield problem(`it has ${bytes.length} bytes`)
  const count = bytes.readInt32BE(6)
  yield { kind: 'snapshot', version: bytes.readInt16BE(0), producers: count }
  const wanted = bytes.readUInt32BE(2)
  const found = crc32c(bytes, 6)
  if (found !== wanted) yield problem(`found CRC ${found}, the file says ${wanted}`)
  for (let index = 0; index < count; index++) {
    const at = SNAPSHOT_HEAD_BYTES + index * SNAPSHOT_ENTRY_BYTES
    if (at + SNAPSHOT_ENTRY_BYTES > bytes.length) {
      return yield problem(`it ends after ${index} of ${count} producers`)
    }
    yield {
      kind: 'producer',
      producerId: readInt64(bytes, at),
      epoch: bytes.readInt16BE(at + 8),
      lastSequence: bytes.readInt32BE(at + 10),
      lastOffset: readInt64(bytes, at + 14),
      offsetDelta: bytes.readInt32BE(at + 22),
      ts: readInt64(bytes, at + 26),
      coordinatorEpoch: bytes.readInt32BE(at + 34),
      openTransactionAt: readInt64(bytes, at + 38),
    }
  }
}
