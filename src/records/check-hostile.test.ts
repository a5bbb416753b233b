import { describe, expect, it } from 'vitest'
import { crc32c, INT64_MAX, Prng, varint } from '../base/index.ts'
import { buildBatch } from './build.ts'
import type { RecordDraft } from './build.ts'
import { checkProduced } from './check.ts'
import type { Checked, ProduceRules } from './check-rules.ts'
import { readBatchHeader } from './header.ts'
import type { Codec } from './compression/codec.ts'
import { compress } from './compression/compress.ts'
import { verifyBatch } from './iterate.ts'
import { producedLimitBytes } from './limits.ts'
import { readRecords } from './read.ts'

const MIB = 1024 * 1024
const NOW = 1_700_000_000_000
const rules: ProduceRules = {
  maxMessageBytes: 1_048_588,
  segmentBytes: 2 ** 30,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: INT64_MAX,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
  compressionType: 'producer',
  nowMs: NOW,
  zstdAllowed: true,
}
const codecs: readonly Codec[] = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']
const compressing = ['gzip', 'snappy', 'lz4', 'zstd'] as const

const drafts: readonly RecordDraft[] = [
  { key: Buffer.from('k'), value: Buffer.from('a value '.repeat(10)), timestampMs: NOW },
  { key: null, value: null, timestampMs: NOW + 300 },
  {
    key: Buffer.alloc(0),
    value: Buffer.alloc(200, 'v'),
    timestampMs: NOW - 9,
    headers: [
      { key: 'trace', value: Buffer.from('1234') },
      { key: 'none', value: null },
    ],
  },
]

/** Refused, or in a state in which the log and every reader may rely on it. Never thrown. */
function expectSafe(checked: Checked): void {
  if (!checked.ok) {
    expect(checked.refusal.message).toMatch(/^Cannot |^Only /)
    return
  }
  const { buffer, header } = checked.batch
  expect(verifyBatch(buffer, 0, buffer.length)).toBeNull()
  const records = readRecords(buffer, header)
  expect(records.map((record) => record.offset)).toEqual(records.map((_, index) => index))
  expect(records).toHaveLength(header.lastOffsetDelta + 1)
  const newest = Math.max(-1, ...records.map((record) => record.timestampMs))
  expect(header.maxTimestamp).toBe(newest)
  expect(newest).toBeLessThanOrEqual(NOW + rules.timestampAfterMaxMs)
}

function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch, 21), 17)
  return batch
}

describe.each(codecs)('a damaged batch: %s', (codec) => {
  const batch = buildBatch(drafts, { codec })

  it('is refused at every flipped bit, but for those that the leader overwrites', () => {
    for (let at = 0; at < batch.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const broken = Buffer.from(batch)
        broken[at] = (broken[at] ?? 0) ^ (1 << bit)
        const isLeaderEpoch = at >= 12 && at < 16
        expect(checkProduced(broken, rules).ok, `byte ${at}`).toBe(isLeaderEpoch)
      }
    }
  })

  it('is safe with every byte changed and the CRC made right', () => {
    for (let at = 21; at < batch.length; at++) {
      for (const value of [0x00, 0x01, 0x02, 0x7f, 0x80, 0xff]) {
        const hostile = Buffer.from(batch)
        hostile[at] = value
        expectSafe(checkProduced(sealed(hostile), rules))
      }
    }
  })

  it('is safe after any number of changes, cuts and doublings', () => {
    const prng = new Prng(11)
    for (let round = 0; round < 3000; round++) {
      let hostile = Buffer.from(batch)
      const at = prng.int(61, batch.length - 1)
      if (prng.chance(0.2)) hostile = hostile.subarray(0, at)
      if (prng.chance(0.2)) hostile = Buffer.concat([hostile, batch.subarray(at)])
      for (let n = prng.int(0, 3); n > 0; n--) {
        hostile[prng.int(21, hostile.length - 1)] = prng.int(0, 255)
      }
      hostile.writeInt32BE(hostile.length - 12, 8)
      expectSafe(checkProduced(sealed(hostile), rules))
    }
  })

  it('is safe as nothing but noise', () => {
    const prng = new Prng(5)
    for (let round = 0; round < 500; round++) {
      const noise = prng.bytes(prng.int(0, 300))
      expectSafe(checkProduced(noise, rules))
      if (noise.length <= 61) continue
      batch.copy(noise, 0, 0, 61)
      noise.writeInt32BE(noise.length - 12, 8)
      expectSafe(checkProduced(sealed(noise), rules))
    }
  })

  it('is calm about hostile header fields', () => {
    const extremes = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]
    for (const at of [8, 12, 23, 27, 31, 35, 39, 43, 47, 53, 57]) {
      for (const value of extremes) {
        const hostile = Buffer.from(batch)
        hostile.writeInt32BE(value, at)
        expectSafe(checkProduced(sealed(hostile), rules))
      }
    }
  })
})

describe.each(compressing)('a bomb: %s', (codec) => {
  /** One record whose value is all zeros, in a batch small enough to be sent. */
  function bombOf(sizeBytes: number): Buffer {
    return buildBatch([{ key: null, value: Buffer.alloc(sizeBytes), timestampMs: NOW }], { codec })
  }

  it('is refused as too large, in bounded memory and time', () => {
    const bomb = bombOf(200 * MIB)
    const ample = { ...rules, maxMessageBytes: Math.max(rules.maxMessageBytes, bomb.length) }
    const rssBefore = process.memoryUsage().rss
    const startMs = performance.now()
    const checked = checkProduced(bomb, ample)
    expect(checked).toMatchObject({ ok: false, refusal: { kind: 'messageTooLarge' } })
    expect(checked.decompressedBytes).toBe(0)
    expect(performance.now() - startMs).toBeLessThan(1000)
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(64 * MIB)
  })

  it('is none when an honest client compresses equal bytes', () => {
    const checked = checkProduced(bombOf(3 * MIB), rules)
    expect(checked.ok).toBe(true)
    expect(checked.decompressedBytes).toBeGreaterThan(3 * MIB)
  })
})

describe('a bomb of records', () => {
  it('claims more than its bytes can hold', () => {
    const batch = buildBatch(drafts)
    batch.writeInt32BE(2 ** 31 - 2, 23)
    batch.writeInt32BE(2 ** 31 - 1, 57)
    const startMs = performance.now()
    expect(checkProduced(sealed(batch), rules).ok).toBe(false)
    expect(performance.now() - startMs).toBeLessThan(50)
  })

  /** The smallest records there are, in a batch that few bytes make. */
  function manyRecords(count: number, delta: (index: number) => number): Buffer {
    const records = Buffer.alloc(count * 12)
    let size = 0
    for (let index = 0; index < count; index++) {
      const offsetDelta = delta(index)
      const length = 5 + varint.varintSize(offsetDelta)
      size = varint.writeVarint(records, length, size)
      size = varint.writeVarint(records, offsetDelta, size + 2)
      size += records.write('010100', size, 'hex')
    }
    const body = compress('zstd', records.subarray(0, size))
    const head = buildBatch(drafts, { codec: 'zstd' }).subarray(0, 61)
    const batch = Buffer.concat([head, body])
    batch.writeInt32BE(batch.length - 12, 8)
    batch.writeInt32BE(count - 1, 23)
    batch.writeInt32BE(count, 57)
    return sealed(batch)
  }

  it('is passed over when there are half a million of them', () => {
    const batch = manyRecords(500_000, (index) => index)
    const ample = { ...rules, maxMessageBytes: 8 * MIB }
    const rssBefore = process.memoryUsage().rss
    expect(checkProduced(batch, ample).ok).toBe(true)
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(64 * MIB)
  })

  it('is sent back, to be split, when there are more', () => {
    const batch = manyRecords(500_001, () => 0)
    const startMs = performance.now()
    expect(checkProduced(batch, rules)).toMatchObject({
      ok: false,
      refusal: { kind: 'messageTooLarge' },
      decompressedBytes: 0,
    })
    expect(performance.now() - startMs).toBeLessThan(50)
  })

  it('is written anew only when it is small', () => {
    const small = checkProduced(
      manyRecords(50_000, () => 0),
      rules,
    )
    expect(small.ok && readBatchHeader(small.batch.buffer, 0).recordCount).toBe(50_000)
    expect(
      checkProduced(
        manyRecords(100_000, () => 0),
        rules,
      ),
    ).toMatchObject({
      ok: false,
      refusal: { kind: 'invalidRecord', message: expect.stringContaining('do not count') },
    })
  })
})

describe('producedLimitBytes', () => {
  it('lets small batches have 8 MiB, large ones 64 times their size up to 24 MiB', () => {
    expect(producedLimitBytes(100, 1_048_588)).toBe(8 * MIB)
    expect(producedLimitBytes(MIB / 4, 1_048_588)).toBe(16 * MIB)
    expect(producedLimitBytes(MIB, 1_048_588)).toBe(24 * MIB)
  })

  it('never refuses for being compressed what the topic takes uncompressed', () => {
    expect(producedLimitBytes(100, 100 * MIB)).toBe(100 * MIB)
  })
})
