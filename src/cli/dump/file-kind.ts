/** What a file of a log directory holds, by its name and the directory it lies in. */
import { basename, dirname } from 'node:path'

export type FileKind =
  | 'segment'
  | 'offsetIndex'
  | 'timeIndex'
  | 'txnIndex'
  | 'producerSnapshot'
  | 'metadataSnapshot'
  | 'checkpoint'
  | 'properties'
  | 'json'

const BY_SUFFIX: ReadonlyArray<readonly [string, FileKind]> = [
  ['.log', 'segment'],
  ['.index', 'offsetIndex'],
  ['.timeindex', 'timeIndex'],
  ['.txnindex', 'txnIndex'],
  ['.snapshot', 'producerSnapshot'],
  ['.checkpoint', 'metadataSnapshot'],
  ['-checkpoint', 'checkpoint'],
  ['.properties', 'properties'],
]

const BY_NAME: ReadonlyMap<string, FileKind> = new Map([
  ['partition.metadata', 'properties'],
  ['quorum-state', 'json'],
  ['.kafka_cleanshutdown', 'json'],
])

/** Of files that wait to be removed or renamed: their content is that of the name before. */
const PASSING = /\.(deleted|cleaned|swap|part)$/

/** Null: no file of a log directory. */
export function fileKind(path: string): FileKind | null {
  const name = basename(path).replace(PASSING, '')
  const known = BY_NAME.get(name)
  if (known !== undefined) return known
  return BY_SUFFIX.find(([suffix]) => name.endsWith(suffix))?.[1] ?? null
}

/** The first offset of a segment and of the files beside it; null for other names. */
export function baseOffsetOf(path: string): number | null {
  const digits = /^(\d{20})\./.exec(basename(path))
  return digits === null ? null : Number(digits[1])
}

export type RecordKind = 'metadata' | 'groupOffsets' | 'plain'

/** What the records of a segment or snapshot mean. */
export function recordKind(path: string): RecordKind {
  if (fileKind(path) === 'metadataSnapshot') return 'metadata'
  const dir = basename(dirname(path))
  if (/^__cluster_metadata-\d+$/.test(dir)) return 'metadata'
  return /^__consumer_offsets-\d+(\.|$)/.test(dir) ? 'groupOffsets' : 'plain'
}

/** Topic and partition of a partition's directory; null for any other. */
export function partitionOfDir(path: string): { topic: string; partition: number } | null {
  const match = /^(.+)-(0|[1-9]\d{0,9})$/.exec(basename(path))
  return match?.[1] === undefined ? null : { topic: match[1], partition: Number(match[2]) }
}
