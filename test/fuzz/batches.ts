/** Record batches to attack with: sound ones, then broken in their header, in their records, in their compression. */
import { crc32c, Prng, varint } from '../../src/base/index.ts'
import { buildBatch, compress } from '../../src/records/index.ts'
import type { Codec, RecordDraft } from '../../src/records/index.ts'

export const codecs: readonly Codec[] = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']
const HEADER_BYTES = 61
/** Where the CRC stands, and where what it covers begins. */
const CRC_AT = 17
const COVERED_AT = 21
const MIB = 1024 * 1024

/** Where the header has numbers: length, leader epoch, last offset delta, timestamps, producer, sequence, count. */
const HEADER_NUMBERS = [8, 12, 23, 27, 31, 35, 39, 43, 47, 51, 53, 57]
const EXTREMES = [0, 1, -1, 2, 100, 0x7fff_ffff, -0x8000_0000, 0x0100_0000]

/** Makes the CRC of the batch in `bytes` from `start` to `end` right again. */
export function seal(bytes: Buffer, start: number, end: number): void {
  if (end - start < HEADER_BYTES) return
  bytes.writeUInt32BE(crc32c(bytes, start + COVERED_AT, end), start + CRC_AT)
}

function recordsOf(prng: Prng): RecordDraft[] {
  const nowMs = Date.now()
  return Array.from({ length: prng.pick([1, 1, 2, 3, 10]) }, () => ({
    key: prng.chance(0.5) ? prng.bytes(prng.int(0, 8)) : null,
    value: prng.chance(0.9) ? prng.bytes(prng.int(0, 60)) : null,
    timestampMs: nowMs - prng.int(0, 1000),
    headers: prng.chance(0.2) ? [{ key: 'h', value: prng.bytes(3) }] : [],
  }))
}

/** One that the server takes, unless its producer state says otherwise. */
export function soundBatch(prng: Prng, codec: Codec = prng.pick(codecs)): Buffer {
  if (prng.chance(0.8)) return buildBatch(recordsOf(prng), { codec })
  const producer = { producerId: prng.int(0, 20), producerEpoch: prng.int(0, 2) }
  return buildBatch(recordsOf(prng), { codec, ...producer, baseSequence: prng.int(0, 3) })
}

/** One of no definite size and soundness. */
export function hostileBatch(prng: Prng): Buffer {
  const codec = prng.pick(codecs)
  const batch = soundBatch(prng, codec)
  switch (prng.int(0, 7)) {
    case 0:
      return batch
    case 1:
      return batch.subarray(0, prng.int(0, batch.length - 1))
    case 2:
      return Buffer.concat([batch, prng.chance(0.5) ? batch : prng.bytes(5)])
    case 3:
      return hostileRecords(prng, codec)
    case 4:
      return otherCodec(prng, batch)
    default:
      mutateBatch(prng, batch, 0, batch.length)
      return batch
  }
}

/** Changes a few bytes or numbers in place; mostly with a right CRC, so that what is under it is looked at. */
export function mutateBatch(prng: Prng, bytes: Buffer, start: number, end: number): void {
  const size = end - start
  if (size <= HEADER_BYTES) return
  for (let n = prng.int(1, 3); n > 0; n--) {
    if (prng.chance(0.5)) {
      bytes.writeInt32BE(prng.pick(EXTREMES), start + prng.pick(HEADER_NUMBERS))
    } else {
      bytes[start + prng.int(COVERED_AT, size - 1)] = prng.int(0, 255)
    }
  }
  if (prng.chance(0.9)) seal(bytes, start, end)
}

/** Broken records, then compressed: the codec finds nothing wrong. */
function hostileRecords(prng: Prng, codec: Codec): Buffer {
  const plain = buildBatch(recordsOf(prng))
  const records = plain.subarray(HEADER_BYTES)
  for (let n = prng.int(1, 4); n > 0; n--) {
    records[prng.int(0, records.length - 1)] = prng.pick([0, 1, 0x7f, 0x80, 0xff, prng.int(0, 255)])
  }
  return batchAround(plain, records, codec)
}

/** The codec that the attributes name is not the one that compressed it. */
function otherCodec(prng: Prng, batch: Buffer): Buffer {
  batch.writeInt16BE((batch.readInt16BE(21) & ~7) | prng.int(0, 7), 21)
  seal(batch, 0, batch.length)
  return batch
}

/** The header of `head` around these records, whatever they are. */
function batchAround(head: Buffer, records: Buffer, codec: Codec): Buffer {
  const batch = Buffer.concat([head.subarray(0, HEADER_BYTES), compress(codec, records)])
  batch.writeInt16BE((batch.readInt16BE(21) & ~7) | codecs.indexOf(codec), 21)
  batch.writeInt32BE(batch.length - 12, 8)
  seal(batch, 0, batch.length)
  return batch
}

/** Few bytes that become many: `sizeBytes` of zeros in one record. */
export function bomb(codec: Codec, sizeBytes: number): Buffer {
  return buildBatch([{ key: null, value: Buffer.alloc(sizeBytes), timestampMs: Date.now() }], {
    codec,
  })
}

/** Very many of the smallest records; without `inOrder` the server would have to write them anew. */
function smallestRecords(count: number, inOrder: boolean): Buffer {
  const records = Buffer.alloc(count * 12)
  let size = 0
  for (let index = 0; index < count; index++) {
    const offsetDelta = inOrder ? index : 0
    size = varint.writeVarint(records, 5 + varint.varintSize(offsetDelta), size)
    size = varint.writeVarint(records, offsetDelta, size + 2)
    records.writeUInt16BE(0x0101, size)
    size += 3
  }
  return records.subarray(0, size)
}

/** Batches of few bytes that become many: for each codec, on both sides of every limit. */
export function allBombs(): Buffer[] {
  const zeros = [4 * MIB, 64 * MIB].map((size) => Buffer.alloc(size))
  // As large as a batch may be, and as much in it as the server takes from such a one.
  const large = Buffer.concat([new Prng(1).bytes(MIB / 2), Buffer.alloc(23 * MIB)])
  const small = (
    [
      [70_000, false],
      [500_000, false],
      [500_000, true],
      [500_001, true],
    ] as const
  ).map(([count, inOrder]) => ({ count, records: smallestRecords(count, inOrder) }))
  return codecs
    .slice(1)
    .flatMap((codec) => [
      ...[...zeros, large].map((value) =>
        buildBatch([{ key: null, value, timestampMs: Date.now() }], { codec }),
      ),
      ...small.map(({ count, records }) => batchOfMany(codec, count, records)),
    ])
}

function batchOfMany(codec: Codec, count: number, records: Buffer): Buffer {
  const head = buildBatch([{ key: null, value: null, timestampMs: Date.now() }])
  head.writeInt32BE(count - 1, 23)
  head.writeInt32BE(count, 57)
  return batchAround(head, records, codec)
}
