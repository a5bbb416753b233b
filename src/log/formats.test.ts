/** Every file of a log dir, byte by byte as Apache Kafka 4.x writes and reads it. */
import { afterAll, describe, expect, test } from 'vitest'
import { crc32c } from '../base/index.ts'
import { decodeEpochs, decodeOffsets, encodeCheckpoint, encodeEpochs } from './checkpoint-text.ts'
import { readCleanShutdown } from './clean-shutdown.ts'
import { FileCache } from './file-cache.ts'
import { readMetaProperties, writeMetaProperties } from './meta-properties.ts'
import {
  deletedDirName,
  isDeletedDirName,
  offsetFileName,
  offsetOfFileName,
  parsePartitionDirName,
} from './names.ts'
import { OffsetIndex } from './offset-index.ts'
import { readPartitionMetadata, writePartitionMetadata } from './partition-metadata.ts'
import { newProducerEntry } from './producer-entry.ts'
import { decodeSnapshot, encodeSnapshot } from './producer-snapshot.ts'
import { runNow } from './steps.ts'
import {
  BY_COORDINATOR,
  batch,
  EPOCH,
  marker,
  numbered,
  openManager,
  realDisk,
  SMALL,
  temporaryDirectory,
} from './test-support.ts'
import { TimeIndex } from './time-index.ts'
import { TxnIndex } from './txn-index.ts'

/** 0x18bcfe56800 */
const T0 = 1_700_000_000_000
const dir = temporaryDirectory()
afterAll(() => realDisk.removeTree(dir))
const files = new FileCache(realDisk, 10)
const hex = (path: string): string => realDisk.readFile(path).toString('hex')
const text = (path: string): string => realDisk.readFile(path).toString('utf8')

describe('indexes', () => {
  test('an offset index entry is the offset relative to the base and the position, int32 each', () => {
    const path = `${dir}/a.index`
    const index = new OffsetIndex(files, path, 1000)
    runNow(index.file.open(false))
    index.add(1003, 0x1234)
    index.add(1010, 0x7fffffff)
    index.file.seal()
    expect(hex(path)).toBe('00000003' + '00001234' + '0000000a' + '7fffffff')
  })

  test('a time index entry is the timestamp as int64 and the relative offset as int32', () => {
    const path = `${dir}/a.timeindex`
    const index = new TimeIndex(files, path, 1000)
    runNow(index.open(false))
    index.add(0x0123_4567_89ab, 1002)
    index.add(0x0123_4567_89ab, 1005) // Not larger: no entry.
    index.add(0x0123_4567_89ac, 1009)
    index.file.seal()
    expect(hex(path)).toBe('00000123456789ab' + '00000002' + '00000123456789ac' + '00000009')
  })

  test('an aborted transaction is 34 bytes: version, producer, first, last, last stable offset', () => {
    const path = `${dir}/a.txnindex`
    const index = new TxnIndex(files, path)
    runNow(index.file.open(false))
    index.add({ producerId: 7, firstOffset: 100, lastOffset: 110, lastStableOffset: 111 })
    index.file.spill()
    expect(hex(path)).toBe(
      '0000' + '0000000000000007' + '0000000000000064' + '000000000000006e' + '000000000000006f',
    )
  })

  test('the zeros behind the entries of a preallocated index are no entries', () => {
    const path = `${dir}/b.index`
    const bytes = Buffer.alloc(8 * 1000)
    for (let i = 0; i < 300; i++) {
      bytes.writeInt32BE(i * 10 + 9, i * 8)
      bytes.writeInt32BE((i + 1) * 100, i * 8 + 4)
    }
    realDisk.writeFile(path, bytes)
    const index = new OffsetIndex(files, path, 0)
    expect(runNow(index.floor(1_000_000, false))).toEqual({ offset: 2999, position: 30_000 })
    expect(runNow(index.floor(9, false))).toEqual({ offset: 9, position: 100 })
    expect(runNow(index.floor(8, false))).toBeNull()
    expect(index.file.count).toBe(300)
    index.file.seal()
    expect(realDisk.stat(path)?.sizeBytes).toBe(2400)
  })
})

describe('producer snapshots', () => {
  const entry = {
    ...newProducerEntry(5, 0),
    epoch: 2,
    coordinatorEpoch: 4,
    lastTimestampMs: 1000,
    txnFirstOffset: 77,
  }
  entry.batches.push({ lastSequence: 9, lastOffset: 80, offsetDelta: 3, timestampMs: 1000 })
  const golden =
    '0001' +
    'CRC32C00' +
    '00000001' +
    '0000000000000005' +
    '0002' +
    '00000009' +
    '0000000000000050' +
    '00000003' +
    '00000000000003e8' +
    '00000004' +
    '000000000000004d'

  test('version 1, CRC-32C of what follows it, count, 46 bytes an entry', () => {
    const bytes = encodeSnapshot([entry], 1)
    const body = Buffer.from(golden.slice(12), 'hex')
    const crc = crc32c(body).toString(16).padStart(8, '0')
    expect(bytes.toString('hex')).toBe(golden.replace('CRC32C00', crc))
    expect(decodeSnapshot(bytes, 0)).toEqual([entry])
  })

  test('an empty one is ten bytes, and nothing of a producer that has only markers is remembered', () => {
    expect(encodeSnapshot([], 0).length).toBe(10)
    const marked = { ...newProducerEntry(5, 0), epoch: 1, coordinatorEpoch: 3 }
    const bytes = encodeSnapshot([marked], 1)
    expect(bytes.readBigInt64BE(24)).toBe(-1n)
    expect(decodeSnapshot(bytes, 0)).toEqual([marked])
  })

  test('a flipped bit anywhere, and every missing byte, is found', () => {
    const bytes = encodeSnapshot([entry], 1)
    for (let i = 0; i < bytes.length * 8; i++) {
      const damaged = Buffer.from(bytes)
      damaged[i >> 3] = (damaged[i >> 3] ?? 0) ^ (1 << (i & 7))
      expect(decodeSnapshot(damaged, 0)).toBeNull()
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeSnapshot(bytes.subarray(0, length), 0)).toBeNull()
    }
  })
})

describe('checkpoints', () => {
  test('version, count, one entry a line', () => {
    expect(encodeCheckpoint(['orders 0 15', 'a-b 3 0'])).toBe('0\n2\norders 0 15\na-b 3 0\n')
    expect(encodeCheckpoint([])).toBe('0\n0\n')
    expect(
      encodeEpochs([
        { epoch: 0, startOffset: 0 },
        { epoch: 4, startOffset: 17 },
      ]),
    ).toBe('0\n2\n0 0\n4 17\n')
  })

  test('what is not exactly one is none', () => {
    expect(decodeOffsets('0\n2\norders 0 15\na-b 3 0\n')).toEqual(
      new Map([
        ['orders-0', 15],
        ['a-b-3', 0],
      ]),
    )
    expect(decodeOffsets('0\n0\n')).toEqual(new Map())
    const bad = [
      '',
      '1\n0\n',
      '0\n',
      '0\n2\norders 0 15\n',
      '0\n1\norders 0\n',
      '0\n1\norders 0 15 2\n',
      '0\n1\na 0 1\nb 0 1\n',
      '0\n1\na x 1\n',
      '0\n1\na 0 -1\n',
      '0\n-1\n',
      '\0\0\0\0',
    ]
    for (const text of bad) expect(decodeOffsets(text), JSON.stringify(text)).toBeNull()
    expect(decodeEpochs('0\n2\n0 0\n4 17\n')).toEqual([
      { epoch: 0, startOffset: 0 },
      { epoch: 4, startOffset: 17 },
    ])
    for (const text of ['0\n2\n4 17\n0 0\n', '0\n2\n0 5\n1 5\n', '0\n1\n-1 0\n'])
      expect(decodeEpochs(text)).toBeNull()
  })
})

describe('names and small files', () => {
  test('files are named by twenty digits', () => {
    expect(offsetFileName(0, '.log')).toBe('00000000000000000000.log')
    expect(offsetFileName(9_007_199_254_740_991, '.timeindex')).toBe(
      '00009007199254740991.timeindex',
    )
    expect(offsetOfFileName('00000000000000000123.log', '.log')).toBe(123)
    expect(offsetOfFileName('00000000000000000123.log.deleted', '.log')).toBeNull()
    expect(offsetOfFileName('123.log', '.log')).toBeNull()
  })

  test('directories are named by topic and partition, and fit when they are deleted', () => {
    expect(parsePartitionDirName('a-b-12')).toEqual({ topic: 'a-b', partition: 12 })
    for (const name of ['lost+found', '-1', 'a-', 'a-01', 'a-1x', 'highwater'])
      expect(parsePartitionDirName(name)).toBeNull()
    const name = deletedDirName('t'.repeat(249), 12, 'f'.repeat(32))
    expect(name.length).toBe(255)
    expect(name.endsWith(`-12.${'f'.repeat(32)}-delete`)).toBe(true)
    expect(isDeletedDirName(name)).toBe(true)
    expect(isDeletedDirName('topic-delete')).toBe(false)
    expect(parsePartitionDirName(name)).toBeNull()
  })

  test('partition.metadata has two lines and no newline at its end', () => {
    writePartitionMetadata(realDisk, dir, 'Yda3nY5TQeqEnZv5zk0u2A')
    expect(text(`${dir}/partition.metadata`)).toBe('version: 0\ntopic_id: Yda3nY5TQeqEnZv5zk0u2A')
    expect(readPartitionMetadata(realDisk, dir)).toBe('Yda3nY5TQeqEnZv5zk0u2A')
    realDisk.writeFile(`${dir}/partition.metadata`, Buffer.from('version: 0\ntopic_id: Yda3nY5'))
    expect(readPartitionMetadata(realDisk, dir)).toBeNull()
  })

  test('meta.properties is read with the escapes of java.util.Properties', async () => {
    const meta = {
      clusterId: 'Yda3nY5TQeqEnZv5zk0u2A',
      nodeId: 3,
      directoryId: 'mE0v0rBzQ0uB2wYbb5P6VQ',
    }
    await writeMetaProperties(realDisk, dir, meta)
    expect(
      text(`${dir}/meta.properties`)
        .split('\n')
        .filter((line) => !line.startsWith('#')),
    ).toEqual([
      'version=1',
      'cluster.id=Yda3nY5TQeqEnZv5zk0u2A',
      'node.id=3',
      'directory.id=mE0v0rBzQ0uB2wYbb5P6VQ',
      '',
    ])
    expect(readMetaProperties(realDisk, dir)).toEqual(meta)
    const java = '#\n#Fri Nov 22 18:00:00 UTC 2026\ncluster.id=a\\:b\nversion=0\nbroker.id=7\n'
    realDisk.writeFile(`${dir}/meta.properties`, Buffer.from(java))
    expect(readMetaProperties(realDisk, dir)).toEqual({
      clusterId: 'a:b',
      nodeId: 7,
      directoryId: null,
    })
    realDisk.writeFile(
      `${dir}/meta.properties`,
      Buffer.from('version=1\nnode.id=x\ncluster.id=a\n'),
    )
    expect(() => readMetaProperties(realDisk, dir)).toThrow('node.id x')
  })

  test('.kafka_cleanshutdown counts by being there', () => {
    realDisk.writeFile(`${dir}/.kafka_cleanshutdown`, Buffer.alloc(0))
    expect(readCleanShutdown(realDisk, dir)).toEqual({ clean: true, brokerEpoch: null })
    realDisk.writeFile(`${dir}/.kafka_cleanshutdown`, Buffer.from('{"version":0,"brokerEpoch":42}'))
    expect(readCleanShutdown(realDisk, dir)).toEqual({ clean: true, brokerEpoch: 42 })
  })
})

describe('a partition after a clean stop', () => {
  test('has the files of Kafka with the contents of Kafka', async () => {
    const path = temporaryDirectory()
    const { manager } = await openManager(path)
    const log = manager.create('orders', 0, 'Yda3nY5TQeqEnZv5zk0u2A', {
      ...SMALL,
      segmentBytes: 700,
    })
    log.append(batch({ timestampMs: T0 + 10 }), EPOCH)
    log.append(
      numbered(9, 0, { timestampMs: T0 + 30, transactional: true, valueBytes: 200 }),
      EPOCH,
    )
    log.append(batch({ timestampMs: T0 + 20 }), { leaderEpoch: 2 })
    log.append(marker(9, false), { ...BY_COORDINATOR, leaderEpoch: 2 })
    log.append(batch({ timestampMs: T0 + 40, valueBytes: 100 }), { leaderEpoch: 2 })
    log.append(batch({ timestampMs: T0 + 50, valueBytes: 100 }), { leaderEpoch: 2 })
    await manager.close({ brokerEpoch: 8 })

    const at = `${path}/orders-0`
    expect(
      realDisk
        .list(at)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.timeindex',
      '00000000000000000000.txnindex',
      '00000000000000000005.index',
      '00000000000000000005.log',
      '00000000000000000005.snapshot',
      '00000000000000000005.timeindex',
      '00000000000000000006.snapshot',
      'leader-epoch-checkpoint',
      'partition.metadata',
    ])
    // Sizes: 61 header bytes and the records. The third batch begins 88 + 270 bytes after the first.
    expect(hex(`${at}/00000000000000000000.index`)).toBe('00000002' + '00000166')
    // With the index entry the largest so far (in the second batch); at the roll the largest of all (in the fifth).
    expect(hex(`${at}/00000000000000000000.timeindex`)).toBe(
      '0000018bcfe5681e' + '00000001' + '0000018bcfe56828' + '00000004',
    )
    expect(hex(`${at}/00000000000000000000.txnindex`)).toBe(
      '0000' + '0000000000000009' + '0000000000000001' + '0000000000000003' + '0000000000000004',
    )
    expect(text(`${at}/leader-epoch-checkpoint`)).toBe('0\n2\n0 0\n2 2\n')
    expect(text(`${path}/recovery-point-offset-checkpoint`)).toBe('0\n1\norders 0 6\n')
    expect(text(`${path}/log-start-offset-checkpoint`)).toBe('0\n0\n')
    expect(text(`${path}/.kafka_cleanshutdown`)).toBe('{"version":0,"brokerEpoch":8}')
    realDisk.removeTree(path)
  })
})
