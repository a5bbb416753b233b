/**
 * What lies in a partition's directory, and the tidying up that a start begins with: files that wait for removal, and what an interrupted compaction of
 * Apache Kafka left behind (org.apache.kafka.storage.internals.log.LogLoader).
 */
import type { Disk } from '../io/index.ts'
import type { FileCache } from './file-cache.ts'
import { PooledFile } from './file-cache.ts'
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  INDEX_SUFFIX,
  LOG_SUFFIX,
  offsetFileName,
  offsetOfFileName,
  SNAPSHOT_SUFFIX,
  SWAP_SUFFIX,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
} from './names.ts'
import { scanBatches } from './scan.ts'
import type { Steps } from './steps.ts'

const SEGMENT_SUFFIXES = [LOG_SUFFIX, INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX]

export interface PartitionFiles {
  /** Base offsets of the segments, ascending. */
  readonly baseOffsets: readonly number[]
  /** Offsets of the producer snapshots. */
  readonly snapshots: readonly number[]
}

/** Tidies the directory up and tells what is in it. */
export function* readPartitionDir(files: FileCache, path: string): Steps<PartitionFiles> {
  const { disk } = files
  let names = namesIn(disk, path)
  if (names.some(isLeftover)) {
    yield* clearLeftovers(files, path, names)
    names = namesIn(disk, path)
  }
  const baseOffsets = offsetsOf(names, LOG_SUFFIX)
  const known = new Set(baseOffsets)
  for (const suffix of SEGMENT_SUFFIXES.slice(1)) {
    for (const offset of offsetsOf(names, suffix)) {
      if (!known.has(offset)) disk.removeFile(`${path}/${offsetFileName(offset, suffix)}`)
    }
  }
  return { baseOffsets, snapshots: offsetsOf(names, SNAPSHOT_SUFFIX) }
}

function namesIn(disk: Disk, path: string): string[] {
  return disk
    .list(path)
    .filter(({ kind }) => kind === 'file')
    .map(({ name }) => name)
}

function offsetsOf(names: readonly string[], suffix: string): number[] {
  const offsets = names.map((name) => offsetOfFileName(name, suffix))
  return offsets.filter((offset) => offset !== null).sort((a, b) => a - b)
}

function isLeftover(name: string): boolean {
  return [DELETED_SUFFIX, CLEANED_SUFFIX, SWAP_SUFFIX, '.tmp'].some((suffix) =>
    name.endsWith(suffix),
  )
}

/**
 * Unfinished output of a compaction goes. Finished output (`.swap`) takes the place of the segments it was made from, unless unfinished output at or
 * below its offset shows that it belongs to a split that did not finish (KAFKA-6264).
 */
function* clearLeftovers(files: FileCache, path: string, names: readonly string[]): Steps<void> {
  const { disk } = files
  const cleanedOffsets = names
    .filter((name) => name.endsWith(CLEANED_SUFFIX))
    .map((name) => Number.parseInt(name, 10))
  const cleanedMin = Math.min(Infinity, ...cleanedOffsets)
  const swaps: string[] = []
  for (const name of names.filter(isLeftover)) {
    const finished = name.endsWith(SWAP_SUFFIX) && Number.parseInt(name, 10) < cleanedMin
    if (finished) swaps.push(name)
    else disk.removeFile(`${path}/${name}`)
  }
  yield* removeReplaced(files, path, names, swaps)
  for (const name of swaps) {
    disk.rename(`${path}/${name}`, `${path}/${name.slice(0, -SWAP_SUFFIX.length)}`)
  }
}

/** Removes the files of the segments whose offsets the finished output covers. */
function* removeReplaced(
  files: FileCache,
  path: string,
  names: readonly string[],
  swaps: readonly string[],
): Steps<void> {
  let [from, end] = [Infinity, -Infinity]
  for (const name of swaps) {
    const baseOffset = offsetOfFileName(name, LOG_SUFFIX + SWAP_SUFFIX)
    if (baseOffset === null) continue
    from = Math.min(from, baseOffset)
    end = Math.max(end, yield* offsetEndOf(files, `${path}/${name}`, baseOffset))
  }
  for (const suffix of SEGMENT_SUFFIXES) {
    for (const offset of offsetsOf(names, suffix)) {
      if (offset >= from && offset < end) {
        files.disk.removeFile(`${path}/${offsetFileName(offset, suffix)}`)
      }
    }
  }
}

function* offsetEndOf(files: FileCache, path: string, baseOffset: number): Steps<number> {
  const file = new PooledFile(files, path)
  const end = files.disk.stat(path)?.sizeBytes ?? 0
  const range = { file, from: 0, end, baseOffset }
  const { offsetEnd } = yield* scanBatches(range, { verify: false, hot: false }, () => true)
  file.close()
  return offsetEnd
}
