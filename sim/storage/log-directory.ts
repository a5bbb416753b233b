/**
 * Reads a log dir as a stranger would who knows nothing but Apache Kafka's layout, and complains of what does not fit. It shares no code with
 * the log on purpose.
 */
import type { Disk } from '../../src/io/index.ts'
import { Violation } from '../violation.ts'

interface Found {
  readonly logStart: number
  readonly logEnd: number
}

interface Batch {
  readonly position: number
  readonly baseOffset: number
  readonly lastOffset: number
}

const LOG_STARTS = 'log-start-offset-checkpoint'
const CHECKPOINTS = [
  'recovery-point-offset-checkpoint',
  LOG_STARTS,
  'replication-offset-checkpoint',
]

/** Checks a log dir after a clean stop; throws {@link Violation}. Returns how many batches it read. */
export function checkLogDirectory(disk: Disk, dir: string): number {
  const found = new Map<string, Found>()
  const starts = new Map(
    linesOf(disk, `${dir}/${LOG_STARTS}`).map(([topic, partition, offset]) => [
      `${topic}-${partition}`,
      Number(offset),
    ]),
  )
  let batches = 0
  for (const { name, kind } of disk.list(dir)) {
    if (kind !== 'directory' || !/^.+-\d+$/.test(name) || name.endsWith('-delete')) continue
    const partition = checkPartition(disk, `${dir}/${name}`)
    batches += partition.batches
    found.set(name, partition.hasSegments ? partition : emptyAt(starts.get(name) ?? 0))
  }
  for (const name of CHECKPOINTS) checkCheckpoint(disk, `${dir}/${name}`, found)
  if (!disk.exists(`${dir}/.kafka_cleanshutdown`)) fail(dir, 'no mark of a clean stop')
  return batches
}

function checkPartition(
  disk: Disk,
  path: string,
): Found & { readonly batches: number; readonly hasSegments: boolean } {
  const names = disk.list(path).map(({ name }) => name)
  const bases = names.filter((name) => name.endsWith('.log')).sort()
  let end = -1
  let batches = 0
  for (const name of bases) {
    const base = Number(name.slice(0, -4))
    if (end !== -1 && base !== end)
      fail(path, `${name} does not begin where the one before ends, at ${end}`)
    const segment = readSegment(disk.readFile(`${path}/${name}`), `${path}/${name}`, base)
    const stem = `${path}/${name.slice(0, -4)}`
    if (names.includes(`${name.slice(0, -4)}.index`))
      checkIndex(disk.readFile(`${stem}.index`), stem, base, segment)
    if (names.includes(`${name.slice(0, -4)}.timeindex`)) {
      checkTimeIndex(disk.readFile(`${stem}.timeindex`), stem, base, segment)
    }
    batches += segment.length
    end = (segment.at(-1)?.lastOffset ?? base - 1) + 1
  }
  for (const name of names) {
    if (/\.(deleted|tmp|swap|cleaned)$/.test(name)) fail(path, `${name} was left behind`)
  }
  const logStart = Number(bases[0]?.slice(0, -4) ?? 0)
  return { logStart, logEnd: Math.max(end, 0), batches, hasSegments: bases.length > 0 }
}

function readSegment(bytes: Buffer, path: string, base: number): Batch[] {
  const batches: Batch[] = []
  let next = base
  for (let position = 0; position < bytes.length;) {
    if (position + 61 > bytes.length) fail(path, `half a batch at byte ${position}`)
    const baseOffset = Number(bytes.readBigInt64BE(position))
    const end = position + 12 + bytes.readInt32BE(position + 8)
    if (end > bytes.length) fail(path, `half a batch at byte ${position}`)
    if (bytes[position + 16] !== 2) fail(path, `format ${bytes[position + 16]} at byte ${position}`)
    if (baseOffset !== next) fail(path, `offset ${baseOffset} at byte ${position}, due was ${next}`)
    if (crc32c(bytes.subarray(position + 21, end)) !== bytes.readUInt32BE(position + 17)) {
      fail(path, `a wrong CRC at byte ${position}`)
    }
    const lastOffset = baseOffset + bytes.readInt32BE(position + 23)
    batches.push({ position, baseOffset, lastOffset })
    next = lastOffset + 1
    position = end
  }
  return batches
}

function checkIndex(bytes: Buffer, stem: string, base: number, batches: readonly Batch[]): void {
  if (bytes.length % 8 !== 0) fail(stem, `an index of ${bytes.length} bytes`)
  let before = -1
  for (let at = 0; at < bytes.length; at += 8) {
    const offset = base + bytes.readInt32BE(at)
    const position = bytes.readInt32BE(at + 4)
    const batch = batches.find((candidate) => candidate.position === position)
    if (batch === undefined)
      fail(stem, `index entry ${at / 8} points to byte ${position}, where no batch begins`)
    if (offset < batch.baseOffset || offset > batch.lastOffset || offset <= before) {
      fail(stem, `index entry ${at / 8} says ${offset} of the batch at ${batch.baseOffset}`)
    }
    before = offset
  }
}

function checkTimeIndex(
  bytes: Buffer,
  stem: string,
  base: number,
  batches: readonly Batch[],
): void {
  if (bytes.length % 12 !== 0) fail(stem, `a time index of ${bytes.length} bytes`)
  let before = -1n
  const last = batches.at(-1)?.lastOffset ?? base - 1
  for (let at = 0; at < bytes.length; at += 12) {
    const timestamp = bytes.readBigInt64BE(at)
    const offset = base + bytes.readInt32BE(at + 8)
    if (timestamp <= before) fail(stem, `time index entry ${at / 12} goes back`)
    if (offset > last) fail(stem, `time index entry ${at / 12} says ${offset}, the last is ${last}`)
    before = timestamp
  }
}

function checkCheckpoint(disk: Disk, path: string, found: ReadonlyMap<string, Found>): void {
  for (const [topic, partition, offset] of linesOf(disk, path)) {
    const log = found.get(`${topic}-${partition}`)
    if (log === undefined) fail(path, `${topic}-${partition} is not here`)
    if (Number(offset) < log.logStart || Number(offset) > log.logEnd) {
      fail(path, `${topic}-${partition} at ${offset} is not from ${log.logStart} to ${log.logEnd}`)
    }
  }
}

/** Of a checkpoint: topic, partition and offset of each line. */
function linesOf(disk: Disk, path: string): string[][] {
  const [version, count, ...lines] = disk.readFile(path).toString().trimEnd().split('\n')
  if (version !== '0' || Number(count) !== lines.length) {
    fail(path, `${count} lines, found ${lines.length}`)
  }
  return lines.map((line) => line.split(' '))
}

/** A log without a file begins where the checkpoint says. */
function emptyAt(offset: number): Found {
  return { logStart: offset, logEnd: offset }
}

function fail(path: string, message: string): never {
  throw new Violation('layout', `${path}: ${message}`)
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  return crc
})

/** CRC-32C, the textbook's way. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] as number)
  return (crc ^ 0xffff_ffff) >>> 0
}
