/** What the files of the metadata log say, before the core begins. */
import type { MetadataLog } from './log-driver.ts'
import { readQuorumFacts, shapeOf } from './log-driver.ts'
import type { LogShape } from './log-shape.ts'
import { noFacts } from './metadata-batch.ts'
import { isBootstrap } from './snapshot-file.ts'
import { Snapshots } from './snapshots-driver.ts'
import type { FoundSnapshot, SnapshotDeps } from './snapshots-driver.ts'
import type { FactsAt } from './state.ts'

export interface Found {
  readonly snapshot: FoundSnapshot | null
  readonly log: LogShape
  readonly history: readonly FactsAt[]
  /** The voter set is that of the bootstrap snapshot. */
  readonly votersOutsideLog: boolean
}

/**
 * Reads what the files say; a log that ends before the newest snapshot, or has something else where that ends, begins anew after it: the node stopped while it
 * put the snapshot in the log's place. Throws QuorumError `DAMAGED`, LogError, DiskError.
 */
export async function examine(deps: SnapshotDeps, log: MetadataLog): Promise<Found> {
  const snapshots = new Snapshots(deps, log.dir)
  const snapshot = snapshots.newest(log.logStart)
  if (snapshot !== null && !goesOnFrom(log, snapshot)) {
    await log.truncateFully(snapshot.id.offsetEnd)
  }
  const from = snapshot?.id.offsetEnd ?? log.logStart
  const history = await readQuorumFacts(log, from, snapshot?.snapshot.facts ?? noFacts)
  const ids = snapshots.list().filter((id) => !isBootstrap(id) && id.offsetEnd <= log.logEnd)
  const shape = shapeOf(log, ids)
  const bootstrap = snapshots.bootstrap()?.facts ?? noFacts
  const isKnown = history.some(({ facts }) => facts.voters !== null)
  if (isKnown || bootstrap.voters === null) {
    return { snapshot, log: shape, history, votersOutsideLog: false }
  }
  const first = { offsetEnd: from, facts: bootstrap }
  return { snapshot, log: shape, history: [first], votersOutsideLog: true }
}

function goesOnFrom(log: MetadataLog, { id }: FoundSnapshot): boolean {
  if (id.offsetEnd > log.logEnd) return false
  if (id.offsetEnd <= log.logStart) return true
  const epoch = log.epochAt(id.offsetEnd - 1)
  return epoch < 0 || epoch === id.epoch
}
