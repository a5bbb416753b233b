/** The small files beside the metadata log: replaced whole, durable before anybody relies on them. */
import { DiskError } from '../io/index.ts'
import type { Disk } from '../io/index.ts'
import { QuorumError } from './error.ts'
import { decodeQuorumState, encodeQuorumState, QUORUM_STATE_FILE } from './quorum-state.ts'
import type { Election } from './quorum-state.ts'
import type { VoterSet } from './voters.ts'

/**
 * Replaces `dir/name` by `content` such that after a crash there is the old file or the new one, whole. `content` is taken piece by
 * piece, with `pause` awaited between two of them.
 *
 * @throws DiskError
 */
export async function replaceFile(
  disk: Disk,
  dir: string,
  name: string,
  content: Iterable<Uint8Array>,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const temporary = `${dir}/${name}.part`
  disk.removeFile(temporary)
  const file = disk.open(temporary, 'exclusive')
  let sizeBytes = 0
  try {
    for (const piece of content) {
      if (sizeBytes > 0) await pause()
      sizeBytes += file.write([piece], sizeBytes)
    }
    await file.sync()
  } catch (error) {
    file.close()
    disk.removeFile(temporary)
    throw error
  }
  file.close()
  disk.rename(temporary, `${dir}/${name}`)
  await disk.syncDirectory(dir)
  return sizeBytes
}

/**
 * The election that this replica remembers; null: it never took part in one.
 *
 * @throws QuorumError `DAMAGED`: without its memory it might vote twice in an epoch
 */
export function readElection(disk: Disk, dir: string): Election | null {
  const path = `${dir}/${QUORUM_STATE_FILE}`
  if (!disk.exists(path)) return null
  const text = disk.readFile(path).toString('utf8')
  const election = decodeQuorumState(text)
  if (election !== null) return election
  throw new QuorumError(
    'DAMAGED',
    `Cannot read ${path}: found ${JSON.stringify(text.slice(0, 100))}, wanted a quorum state`,
  )
}

/** Durable when it resolves. Throws DiskError. */
export async function writeElection(
  disk: Disk,
  dir: string,
  election: Election,
  kraftVersion: number,
  voters: VoterSet,
): Promise<void> {
  const voterIds = voters.map(({ id }) => id)
  const text = encodeQuorumState(election, kraftVersion, voterIds)
  await replaceFile(disk, dir, QUORUM_STATE_FILE, [Buffer.from(text)])
}

/** True when the disk was only full: nothing is broken, and a later try may succeed. */
export function isFullDisk(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'NO_SPACE'
}
