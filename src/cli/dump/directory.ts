/** What lies in a partition's directory, and in a whole log directory. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileKind, partitionOfDir } from './file-kind.ts'
import type { Item } from './item.ts'
import { problem } from './item.ts'
import { summarizeSegment } from './segment.ts'
import { dumpCheckpoint, dumpProperties } from './text-files.ts'

/** True for the directory of one partition; false for a log directory, whatever its name. */
export function isPartitionDir(path: string): boolean {
  const names = readdirSync(path)
  if (names.some((name) => fileKind(name) === 'segment')) return true
  return !names.includes('meta.properties') && partitionOfDir(resolve(path)) !== null
}

/** Its segments, epochs and topic id. Reads every batch header and checks every CRC. */
export function* dumpPartitionDir(path: string): Generator<Item> {
  for (const name of readdirSync(path).sort()) {
    const file = join(path, name)
    switch (fileKind(name)) {
      case 'segment': {
        const { problem: damage, ...summary } = summarizeSegment(file)
        yield { kind: 'segment', file: name, ...summary }
        if (damage !== null) yield { ...problem(damage), file: name }
        break
      }
      case 'checkpoint':
        yield* dumpCheckpoint(file)
        break
      case 'properties':
        yield* dumpProperties(file)
        break
      case null:
        break
      default:
        yield { kind: 'file', file: name, sizeBytes: statSync(file).size }
    }
  }
}

const CHECKPOINTS = {
  logStart: 'log-start-offset-checkpoint',
  recoveryPoint: 'recovery-point-offset-checkpoint',
  highWatermark: 'replication-offset-checkpoint',
} as const

/** Its identity, and its partitions with what the checkpoints say of them. Reads no segment. */
export function* dumpLogDir(path: string): Generator<Item> {
  const meta = join(path, 'meta.properties')
  if (existsSync(meta)) yield* dumpProperties(meta)
  yield { kind: 'shutdown', clean: existsSync(join(path, '.kafka_cleanshutdown')) }
  const offsets = Object.entries(CHECKPOINTS).map(
    ([name, file]) => [name, readOffsets(join(path, file))] as const,
  )
  const dirs = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const { name } of dirs.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const isPartition = partitionOfDir(name) !== null
    if (!isPartition && !name.includes('-delete')) continue
    yield {
      kind: isPartition ? 'partition' : 'deleted',
      dir: name,
      ...sizesOf(join(path, name)),
      ...Object.fromEntries(offsets.map(([title, known]) => [title, known.get(name) ?? null])),
    }
  }
}

function sizesOf(dir: string): { segments: number; sizeBytes: number } {
  let segments = 0
  let sizeBytes = 0
  for (const name of readdirSync(dir)) {
    if (fileKind(name) !== 'segment') continue
    segments += 1
    sizeBytes += statSync(join(dir, name)).size
  }
  return { segments, sizeBytes }
}

/** By the name of the partition's directory. */
function readOffsets(path: string): Map<string, number> {
  if (!existsSync(path)) return new Map()
  const rows = readFileSync(path, 'utf8').split('\n').slice(2)
  const words = rows.map((row) => row.trim().split(/\s+/)).filter(({ length }) => length === 3)
  return new Map(
    words.map(([topic, partition, offset]) => [`${topic}-${partition}`, Number(offset)]),
  )
}
