import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Prng } from '../../base/index.ts'
import { RecordsError } from '../error.ts'
import type { Codec } from './codec.ts'
import { compress, decompress } from './compress.ts'

const MIB = 1024 * 1024
const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const
const text = Buffer.from('the quick brown fox jumps over the lazy dog '.repeat(5000))

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof RecordsError) return error.code
    throw error
  }
  return 'none'
}

/** The magic, version and compatible version that snappy-java writes, and blocks of raw snappy. */
function xerial(...blocks: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from('82534e41505059000000000100000001', 'hex')]
  for (const block of blocks) {
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** Raw snappy of `bytes` as one literal: preamble, tag, bytes. */
function rawSnappy(bytes: string): Buffer {
  return Buffer.from([bytes.length, (bytes.length - 1) << 2, ...Buffer.from(bytes)])
}

describe.each(codecs)('%s', (codec) => {
  /** LZ4 is bounded by whole blocks. */
  const slack = codec === 'lz4' ? 4 * MIB : 0

  it('gives back what went in', () => {
    const sizes = fc.oneof(fc.nat(300), fc.constantFrom(0, 1, 32_768, 32_769, 65_536, 262_145))
    fc.assert(
      fc.property(sizes, fc.boolean(), (size, isRandom) => {
        const bytes = isRandom ? new Prng(size).bytes(size) : Buffer.alloc(size, 'abcd, ')
        const back = decompress(codec, compress(codec, bytes), bytes.length + slack)
        expect(back.equals(bytes)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  it('refuses what it cannot decompress, and never returns less than it was given', () => {
    const compressed = compress(codec, text.subarray(0, 2000))
    expect(codeOf(() => decompress(codec, Buffer.alloc(0), MIB))).toBe('RECORDS_DAMAGED')
    for (let end = 1; end < compressed.length; end++) {
      const cut = compressed.subarray(0, end)
      // Where only the magic and whole blocks are left, xerial has no way to see the cut.
      if (codec === 'snappy' && end === 16) continue
      expect(
        codeOf(() => decompress(codec, cut, MIB)),
        `cut at ${end}`,
      ).toBe('RECORDS_DAMAGED')
    }
    for (const tail of ['00', '0102030405', compressed.toString('hex')]) {
      // A second gzip member belongs to the stream; a snappy-java stream has no end.
      const extra = Buffer.concat([compressed, Buffer.from(tail, 'hex')])
      if (codec === 'gzip' && tail.length > 10) continue
      expect(
        codeOf(() => decompress(codec, extra, MIB)),
        `tail ${tail}`,
      ).toBe('RECORDS_DAMAGED')
    }
  })

  it('survives any damage: an error of its own, or bytes within the limit', () => {
    const prng = new Prng(3)
    const compressed = compress(codec, text.subarray(0, 3000))
    for (let i = 0; i < 1500; i++) {
      const broken = Buffer.from(compressed)
      for (let n = prng.int(1, 3); n > 0; n--) {
        broken[prng.int(0, broken.length - 1)] = prng.int(0, 255)
      }
      try {
        expect(decompress(codec, broken, 10_000).length).toBeLessThanOrEqual(10_000)
      } catch (error) {
        expect(error).toBeInstanceOf(RecordsError)
      }
    }
    expect(decompress(codec, compressed, 3000 + slack).equals(text.subarray(0, 3000))).toBe(true)
  })

  it('stops at the limit exactly', () => {
    const compressed = compress(codec, text)
    expect(decompress(codec, compressed, text.length + slack)).toHaveLength(text.length)
    expect(codeOf(() => decompress(codec, compressed, text.length - 1))).toBe('RECORDS_TOO_LARGE')
  })

  it('refuses a bomb in bounded memory and time', () => {
    const bomb = compress(codec, Buffer.alloc(256 * MIB))
    const rssBefore = process.memoryUsage().rss
    const startMs = performance.now()
    expect(codeOf(() => decompress(codec, bomb, 8 * MIB))).toBe('RECORDS_TOO_LARGE')
    expect(performance.now() - startMs).toBeLessThan(1000)
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(64 * MIB)
  })
})

describe('gzip', () => {
  it('reads all members as one stream', () => {
    const members = Buffer.concat([
      compress('gzip', Buffer.from('a')),
      compress('gzip', Buffer.from('b')),
    ])
    expect(decompress('gzip', members, 10).toString()).toBe('ab')
    expect(codeOf(() => decompress('gzip', members, 1))).toBe('RECORDS_TOO_LARGE')
  })

  it('has levels', () => {
    expect(compress('gzip', text, 9).length).toBeLessThan(compress('gzip', text, 1).length)
  })
})

describe('zstd', () => {
  it('has levels', () => {
    const mixed = Buffer.concat([new Prng(1).bytes(3000), text, new Prng(1).bytes(3000)])
    expect(compress('zstd', mixed, 19).length).toBeLessThan(compress('zstd', mixed, -20).length)
  })

  it('refuses a window that would take gigabytes', () => {
    // Frame without content size, window descriptor for 2^31 bytes, one empty last block.
    const frame = Buffer.from('28b52ffd00a8010000', 'hex')
    expect(codeOf(() => decompress('zstd', frame, MIB))).toBe('RECORDS_DAMAGED')
  })
})

describe('snappy', () => {
  it('reads raw blocks, as librdkafka sends them', () => {
    expect(decompress('snappy', rawSnappy('hello'), 5).toString()).toBe('hello')
    expect(codeOf(() => decompress('snappy', rawSnappy('hello'), 4))).toBe('RECORDS_TOO_LARGE')
    expect(decompress('snappy', Buffer.from([0]), 0)).toHaveLength(0)
  })

  it('reads the blocks of snappy-java, as Java sends them', () => {
    const two = xerial(rawSnappy('hello, '), rawSnappy('world'))
    expect(decompress('snappy', two, 12).toString()).toBe('hello, world')
    expect(codeOf(() => decompress('snappy', two, 11))).toBe('RECORDS_TOO_LARGE')
    expect(decompress('snappy', xerial(rawSnappy('one')), 3).toString()).toBe('one')
    expect(decompress('snappy', xerial(), 0)).toHaveLength(0)
  })

  it('writes blocks of 32 KiB of input', () => {
    const compressed = compress('snappy', text)
    const lengths: number[] = []
    for (let at = 16; at < compressed.length; at += 4 + compressed.readInt32BE(at)) lengths.push(at)
    expect(lengths).toHaveLength(Math.ceil(text.length / 32_768))
  })

  it('refuses lengths that cannot be true before it allocates them', () => {
    const lie = Buffer.from('ffffffff0f00', 'hex') // 4 GiB from six bytes
    expect(() => decompress('snappy', lie, 2 ** 40)).toThrow('6 bytes cannot become 4294967295')
    const brokenAndTooLong = Buffer.from('640000000000', 'hex') // 100 bytes from six
    expect(codeOf(() => decompress('snappy', brokenAndTooLong, 99))).toBe('RECORDS_TOO_LARGE')
    expect(codeOf(() => decompress('snappy', brokenAndTooLong, 100))).toBe('RECORDS_DAMAGED')
    const tooLong = Buffer.from('ffffffffff0f', 'hex')
    expect(codeOf(() => decompress('snappy', tooLong, 2 ** 40))).toBe('RECORDS_DAMAGED')
    for (const length of ['00000000', 'ffffffff', '7fffffff', '00000008']) {
      const wrong = Buffer.from(`82534e41505059000000000100000001${length}050c68`, 'hex')
      expect(codeOf(() => decompress('snappy', wrong, MIB))).toBe('RECORDS_DAMAGED')
    }
  })

  it('refuses a swarm of tiny blocks', () => {
    const swarm = xerial(...Array.from({ length: 100_000 }, () => rawSnappy('a')))
    const startMs = performance.now()
    expect(codeOf(() => decompress('snappy', swarm, MIB))).toBe('RECORDS_DAMAGED')
    expect(performance.now() - startMs).toBeLessThan(1000)
  })
})

/** LZ4 frames by hand: independent blocks of at most 64 KiB, no checksums, then these blocks, then the end. */
function lz4Frame(blocks: string, header = '04224d18604082', end = '00000000'): Buffer {
  return Buffer.from(header + blocks + end, 'hex')
}

describe('lz4', () => {
  it('reads stored and compressed blocks', () => {
    expect(decompress('lz4', lz4Frame('020000806869'), 2).toString()).toBe('hi')
    expect(decompress('lz4', lz4Frame('03000000206869'), MIB).toString()).toBe('hi')
    expect(decompress('lz4', lz4Frame(''), 0)).toHaveLength(0)
  })

  it('refuses what the native decoder would pass over without a word', () => {
    const whole = lz4Frame('020000806869')
    const cases: Record<string, Buffer> = {
      'a second frame': Buffer.concat([whole, whole]),
      'no end mark': lz4Frame('020000806869', undefined, ''),
      'another magic': lz4Frame('020000806869', '05224d18604082'),
      'another version': lz4Frame('020000806869', '04224d18a04082'),
      'a dictionary': lz4Frame('020000806869', '04224d18614082'),
      'block size 3': lz4Frame('020000806869', '04224d18603082'),
      'a block that never ends': lz4Frame('ff0000806869'),
    }
    for (const [name, frame] of Object.entries(cases)) {
      expect(
        codeOf(() => decompress('lz4', frame, MIB)),
        name,
      ).toBe('RECORDS_DAMAGED')
    }
  })

  it('refuses a frame without the checksum that it promises', () => {
    const frame = lz4Frame('020000806869', '04224d186440a7')
    expect(() => decompress('lz4', frame, MIB)).toThrow('the frame has no end')
  })

  it('refuses a block above the size that its frame promises', () => {
    const large = lz4Frame(`01000180${'61'.repeat(65_537)}`)
    expect(() => decompress('lz4', large, MIB)).toThrow('a block of 65537 bytes is too large')
    const largest = lz4Frame(`00000180${'61'.repeat(65_536)}`)
    expect(decompress('lz4', largest, 65_536)).toHaveLength(65_536)
  })

  const tool = 'lz4'
  const hasTool = spawnSync(tool, ['--version']).status === 0
  it.skipIf(!hasTool).each(['-B4', '-B7', '-B4 -BD', '-BX', '--no-frame-crc', '--content-size'])(
    'reads frames of the lz4 tool: %s',
    (flags) => {
      const run = spawnSync(tool, ['-z', '-c', ...flags.split(' ')], { input: text })
      expect(decompress('lz4', run.stdout, 8 * MIB).equals(text)).toBe(true)
    },
  )

  it.skipIf(!hasTool)('writes frames that the lz4 tool reads', () => {
    const run = spawnSync(tool, ['-d', '-c'], { input: compress('lz4', text) })
    expect(run.stdout.equals(text)).toBe(true)
  })
})

it('leaves uncompressed bytes alone, within the limit', () => {
  const codec: Codec = 'uncompressed'
  expect(compress(codec, text)).toBe(text)
  expect(decompress(codec, text, text.length)).toBe(text)
  expect(codeOf(() => decompress(codec, text, text.length - 1))).toBe('RECORDS_TOO_LARGE')
})
