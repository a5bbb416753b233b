/**
 * `N.snapshot`: what is known of the producers from the batches below N (org.apache.kafka.storage.internals.log.ProducerStateManager). Version 1
 * (int16), CRC-32C of the rest (uint32), count (int32), entries of 46 bytes. An accelerator only: the log says the same.
 */
import { crc32c, readInt64, writeInt64 } from '../base/index.ts'
import { newProducerEntry } from './producer-entry.ts'
import type { ProducerEntry } from './producer-entry.ts'

const VERSION = 1
const HEAD_BYTES = 10
const CRC_START = 6
const ENTRY_BYTES = 46

export function encodeSnapshot(entries: Iterable<ProducerEntry>, count: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + count * ENTRY_BYTES)
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeInt32BE(count, 6)
  let at = HEAD_BYTES
  for (const entry of entries) {
    const last = entry.batches.at(-1)
    writeInt64(bytes, entry.producerId, at)
    bytes.writeInt16BE(entry.epoch, at + 8)
    bytes.writeInt32BE(last?.lastSequence ?? -1, at + 10)
    writeInt64(bytes, last?.lastOffset ?? -1, at + 14)
    bytes.writeInt32BE(last?.offsetDelta ?? 0, at + 22)
    writeInt64(bytes, entry.lastTimestampMs, at + 26)
    bytes.writeInt32BE(entry.coordinatorEpoch, at + 34)
    writeInt64(bytes, entry.txnFirstOffset, at + 38)
    at += ENTRY_BYTES
  }
  bytes.writeUInt32BE(crc32c(bytes, CRC_START), 2)
  return bytes
}

/** The entries of a snapshot, as seen at `seenMs`; null when it is damaged or of another version. */
export function decodeSnapshot(bytes: Buffer, seenMs: number): ProducerEntry[] | null {
  if (bytes.length < HEAD_BYTES || bytes.readInt16BE(0) !== VERSION) return null
  if (bytes.readUInt32BE(2) !== crc32c(bytes, CRC_START)) return null
  const count = bytes.readInt32BE(6)
  if (count < 0 || bytes.length < HEAD_BYTES + count * ENTRY_BYTES) return null
  const entries: ProducerEntry[] = []
  for (let i = 0; i < count; i++)
    entries.push(decodeEntry(bytes, HEAD_BYTES + i * ENTRY_BYTES, seenMs))
  return entries
}

function decodeEntry(bytes: Buffer, at: number, seenMs: number): ProducerEntry {
  const lastOffset = readInt64(bytes, at + 14)
  const timestampMs = readInt64(bytes, at + 26)
  const entry = newProducerEntry(readInt64(bytes, at), seenMs)
  entry.epoch = bytes.readInt16BE(at + 8)
  entry.coordinatorEpoch = bytes.readInt32BE(at + 34)
  entry.lastTimestampMs = timestampMs
  entry.txnFirstOffset = readInt64(bytes, at + 38)
  if (lastOffset >= 0) {
    const lastSequence = bytes.readInt32BE(at + 10)
    const offsetDelta = bytes.readInt32BE(at + 22)
    entry.batches.push({ lastSequence, lastOffset, offsetDelta, timestampMs })
  }
  return entry
}
