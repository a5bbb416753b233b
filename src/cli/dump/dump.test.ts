import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crc32c, writeInt64 } from '../../base/index.ts'
import { buildBatch, stampBatch } from '../../records/index.ts'
import { isPartitionDir } from './directory.ts'
import { fileKind, recordKind } from './file-kind.ts'
import { dumpOffsetIndex, dumpProducerSnapshot, dumpTimeIndex } from './index-files.ts'
import { itemToJson, itemToText } from './item.ts'
import type { Item } from './item.ts'
import { dumpSegment, summarizeSegment } from './segment.ts'
import { recordShower } from './show-record.ts'
import { dumpCheckpoint } from './text-files.ts'

let dir = ''
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'highwater-dump-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

function write(name: string, content: Buffer | string): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

function batch(baseOffset: number, value: string): Buffer {
  const bytes = buildBatch([{ key: null, value: Buffer.from(value), timestampMs: 1000 }])
  stampBatch(bytes, 0, baseOffset, 0)
  return bytes
}

const all = { showRecord: recordShower('plain'), from: 0, to: Infinity }
const kinds = (items: Iterable<Item>): string[] => [...items].map(({ kind }) => kind)
const SEGMENT = '00000000000000000010.log'

describe('dumpSegment', () => {
  it('shows batches and records', () => {
    const path = write(SEGMENT, Buffer.concat([batch(10, 'a'), batch(11, 'b')]))
    const items = [...dumpSegment(path, all)]
    expect(items.map(({ kind }) => kind)).toEqual(['batch', 'record', 'batch', 'record'])
    expect(items[0]).toMatchObject({ baseOffset: 10, lastOffset: 10, position: 0, count: 1 })
    expect(items[3]).toMatchObject({ offset: 11, payload: 'b', ts: 1000 })
    expect(summarizeSegment(path)).toMatchObject({ lastOffset: 11, batches: 2, problem: null })
  })

  it('shows only the asked offsets', () => {
    const path = write(SEGMENT, Buffer.concat([batch(10, 'a'), batch(11, 'b'), batch(12, 'c')]))
    const items = [...dumpSegment(path, { showRecord: null, from: 11, to: 12 })]
    expect(items.map((item) => item['baseOffset'])).toEqual([11])
  })

  it('goes on after a batch with a wrong CRC', () => {
    const damaged = batch(10, 'abc')
    damaged[damaged.length - 2] = 0
    const path = write(SEGMENT, Buffer.concat([damaged, batch(11, 'b')]))
    expect(kinds(dumpSegment(path, all))).toEqual(['batch', 'problem', 'batch', 'record'])
    expect(summarizeSegment(path).problem).toContain('CRC')
  })

  it('tells of a torn tail, and not of the zeros of a preallocated file', () => {
    const torn = write(SEGMENT, Buffer.concat([batch(10, 'a'), batch(11, 'b').subarray(0, 30)]))
    expect(kinds(dumpSegment(torn, all))).toEqual(['batch', 'record', 'problem'])
    const zeros = write(SEGMENT, Buffer.concat([batch(10, 'a'), Buffer.alloc(100)]))
    expect(kinds(dumpSegment(zeros, all))).toEqual(['batch', 'record'])
  })

  it('tells of offsets that go back', () => {
    const path = write(SEGMENT, Buffer.concat([batch(12, 'a'), batch(11, 'b')]))
    expect(kinds(dumpSegment(path, all))).toEqual(['batch', 'record', 'problem', 'batch', 'record'])
  })

  it('shows what cannot be decoded as it is', () => {
    const path = write(SEGMENT, batch(10, 'not metadata'))
    const [, record] = dumpSegment(path, { ...all, showRecord: recordShower('metadata') })
    expect(record).toMatchObject({ payload: 'not metadata', problem: expect.any(String) })
  })

  it('is empty for an empty file', () => {
    expect(kinds(dumpSegment(write(SEGMENT, ''), all))).toEqual([])
  })
})

describe('indexes', () => {
  function offsetIndex(...entries: [offset: number, position: number][]): string {
    const bytes = Buffer.alloc(64)
    entries.forEach(([offset, position], index) => {
      bytes.writeInt32BE(offset, index * 8)
      bytes.writeInt32BE(position, index * 8 + 4)
    })
    return write('00000000000000000010.index', bytes)
  }

  it('are held against the segment', () => {
    const first = batch(10, 'a')
    write(SEGMENT, Buffer.concat([first, batch(11, 'b')]))
    const good = dumpOffsetIndex(offsetIndex([1, first.length]))
    expect([...good]).toEqual([{ kind: 'entry', offset: 11, position: first.length }])
    expect(kinds(dumpOffsetIndex(offsetIndex([2, first.length])))).toEqual(['entry', 'problem'])
    expect(kinds(dumpOffsetIndex(offsetIndex([1, 9999])))).toEqual(['entry', 'problem'])
  })

  it('end where their zeros begin', () => {
    expect([...dumpOffsetIndex(offsetIndex())]).toEqual([])
    const bytes = Buffer.alloc(36)
    writeInt64(bytes, 5000, 0)
    bytes.writeInt32BE(3, 8)
    const path = write('00000000000000000010.timeindex', bytes)
    expect([...dumpTimeIndex(path)]).toEqual([{ kind: 'entry', ts: 5000, offset: 13 }])
  })
})

describe('dumpProducerSnapshot', () => {
  function snapshot(count: number): Buffer {
    const bytes = Buffer.alloc(10 + 46)
    bytes.writeInt16BE(1, 0)
    bytes.writeInt32BE(count, 6)
    writeInt64(bytes, 77, 10)
    bytes.writeUInt32BE(crc32c(bytes, 6), 2)
    return bytes
  }

  it('shows producers', () => {
    const [head, producer] = dumpProducerSnapshot(write('1.snapshot', snapshot(1)))
    expect(head).toMatchObject({ version: 1, producers: 1 })
    expect(producer).toMatchObject({ producerId: 77 })
  })

  it('tells of a wrong CRC, a wrong count and a file that is too short', () => {
    const bytes = snapshot(1)
    bytes[20] = 1
    const damaged = kinds(dumpProducerSnapshot(write('1.snapshot', bytes)))
    expect(damaged).toEqual(['snapshot', 'problem', 'producer'])
    const short = kinds(dumpProducerSnapshot(write('1.snapshot', snapshot(2))))
    expect(short).toEqual(['snapshot', 'producer', 'problem'])
    expect(kinds(dumpProducerSnapshot(write('1.snapshot', 'x')))).toEqual(['problem'])
  })
})

describe('dumpCheckpoint', () => {
  it('reads both forms', () => {
    const epochs = write('leader-epoch-checkpoint', '0\n1\n4 100\n')
    expect([...dumpCheckpoint(epochs)][1]).toEqual({ kind: 'epoch', epoch: 4, startOffset: 100 })
    const offsets = write('recovery-point-offset-checkpoint', '0\n1\nt 2 30\n')
    expect([...dumpCheckpoint(offsets)][1]).toMatchObject({ topic: 't', partition: 2, offset: 30 })
  })

  it('tells of a wrong version, count or line', () => {
    const path = write('leader-epoch-checkpoint', '1\n2\nx\n')
    expect(kinds(dumpCheckpoint(path))).toEqual(['checkpoint', 'problem', 'problem', 'problem'])
  })
})

describe('names', () => {
  it.each([
    ['00000000000000000000.log', 'segment'],
    ['00000000000000000000.log.deleted', 'segment'],
    ['00000000000000000000.index', 'offsetIndex'],
    ['00000000000000000042.snapshot', 'producerSnapshot'],
    ['00000000000000000042-0000000003.checkpoint', 'metadataSnapshot'],
    ['leader-epoch-checkpoint', 'checkpoint'],
    ['partition.metadata', 'properties'],
    ['quorum-state', 'json'],
    ['notes.txt', null],
  ])('%s is a %s', (name, kind) => {
    expect(fileKind(`/data/t-0/${name}`)).toBe(kind)
  })

  it('tell what records are', () => {
    expect(recordKind('/d/__cluster_metadata-0/0.log')).toBe('metadata')
    expect(recordKind('/d/__consumer_offsets-49/0.log')).toBe('groupOffsets')
    expect(recordKind('/d/my__consumer_offsets-4/0.log')).toBe('plain')
    expect(recordKind('/d/bootstrap.checkpoint')).toBe('metadata')
  })

  it('do not make a partition of a log directory', () => {
    write('meta.properties', '')
    rmSync(join(dir, SEGMENT), { force: true })
    expect(isPartitionDir(dir)).toBe(false)
  })
})

describe('items', () => {
  const item: Item = { kind: 'record', offset: 1, key: null, bytes: Buffer.from([0xff]), s: 'a b' }

  it('are one line each', () => {
    expect(itemToText(item)).toBe('| record offset: 1 key: null bytes: {"base64":"/w=="} s: "a b"')
    expect(JSON.parse(itemToJson(item))).toMatchObject({ bytes: { base64: '/w==' } })
    expect(itemToText({ kind: 'x', text: 'a\nb' })).not.toContain('\n')
  })
})
