/** One replica of the message soup: a real core over a disk that is a few fields. */
import { assert } from '../../src/base/index.ts'
import { afterSnapshot, emptyLog, startingAt, withBatch } from '../../src/quorum/log-shape.ts'
import type { LogShape } from '../../src/quorum/log-shape.ts'
import { noFacts } from '../../src/quorum/metadata-batch.ts'
import type { QuorumFacts } from '../../src/quorum/metadata-batch.ts'
import { initialState, nextTickMs, step } from '../../src/quorum/quorum.ts'
import type { Election } from '../../src/quorum/quorum-state.ts'
import type { SnapshotId } from '../../src/quorum/snapshot-file.ts'
import type {
  FactsAt,
  QuorumEffect,
  QuorumEvent,
  QuorumState,
  QuorumTimings,
} from '../../src/quorum/state.ts'
import type { VoterSet } from '../../src/quorum/voters.ts'

/** A record; no two are the same. */
export interface Entry {
  readonly offset: number
  readonly epoch: number
  readonly name: string
  readonly facts: QuorumFacts | null
}

/** A snapshot, with all that it stands for. */
export interface StoredSnapshot {
  readonly id: SnapshotId
  readonly facts: QuorumFacts
  readonly names: readonly string[]
}

/** What survives a crash. */
export interface Disk {
  directoryId: string
  election: Election | null
  snapshot: StoredSnapshot | null
  base: SnapshotId
  entries: Entry[]
  /** How many of the entries are synced. */
  syncedCount: number
}

export function emptyDisk(directoryId: string): Disk {
  const base = { offsetEnd: 0, epoch: 0 }
  return { directoryId, election: null, snapshot: null, base, entries: [], syncedCount: 0 }
}

export interface NodeSetup {
  readonly id: number
  readonly canVote: boolean
  readonly autoJoin: boolean
  readonly timings: QuorumTimings
  readonly firstFacts: QuorumFacts
  readonly staticVoters: VoterSet
  readonly bootstrap: VoterSet
}

export class Node {
  readonly setup: NodeSetup
  readonly disk: Disk
  state: QuorumState | null = null
  /** Counts lives: what was meant for an earlier one is void. */
  life = 0
  isPaused = false
  /** What it was told committed, or took from a snapshot, by offset. */
  delivered = 0
  epochStartAppended = false
  /** Its disk was lost: what it was formatted with is gone, too. */
  forgetsVoters = false

  constructor(setup: NodeSetup, directoryId: string) {
    this.setup = setup
    this.disk = emptyDisk(directoryId)
  }

  get id(): number {
    return this.setup.id
  }

  get logEnd(): number {
    return this.disk.base.offsetEnd + this.disk.entries.length
  }

  entryAt(offset: number): Entry | undefined {
    return this.disk.entries[offset - this.disk.base.offsetEnd]
  }

  endpointOf(id: number): { name: string; host: string; port: number } {
    return { name: 'CONTROLLER', host: `n${id}`, port: 9093 }
  }

  /** Reads the disk as a restart does. */
  boot(): void {
    const { disk, setup } = this
    this.life += 1
    this.isPaused = false
    this.epochStartAppended = false
    // A log that ends before the snapshot goes on after it.
    if (disk.snapshot !== null && disk.snapshot.id.offsetEnd > this.logEnd) {
      disk.base = disk.snapshot.id
      disk.entries = []
      disk.syncedCount = 0
    }
    let log: LogShape = {
      ...(disk.base.offsetEnd === 0 ? emptyLog : afterSnapshot(disk.base)),
      snapshot: disk.snapshot?.id ?? null,
    }
    const formatted = this.forgetsVoters ? noFacts : setup.firstFacts
    const first: FactsAt = {
      offsetEnd: disk.base.offsetEnd,
      facts: disk.base.offsetEnd === 0 ? formatted : (disk.snapshot?.facts ?? formatted),
    }
    const history: FactsAt[] = [first]
    for (const { epoch, offset, facts } of disk.entries) {
      log = withBatch(log, epoch, offset + 1)
      if (facts !== null) history.push({ offsetEnd: offset + 1, facts })
    }
    log = { ...log, durableEnd: disk.base.offsetEnd + disk.syncedCount }
    this.delivered = disk.snapshot?.id.offsetEnd ?? 0
    this.state = initialState({
      self: { id: setup.id, directoryId: disk.directoryId },
      selfEndpoints: [this.endpointOf(setup.id)],
      staticVoters: setup.staticVoters,
      bootstrapServers: setup.bootstrap.map(({ id }) => this.endpointOf(id)),
      log,
      history,
      canVote: setup.canVote,
      autoJoin: setup.autoJoin,
      timings: setup.timings,
      votersOutsideLog:
        disk.base.offsetEnd === 0 && history.length === 1 && first.facts.voters !== null,
      highWatermark: disk.snapshot?.id.offsetEnd ?? null,
    })
  }

  /** Power gone: what was not synced is lost, or a part of it is kept. */
  crash(keep: (count: number) => number): void {
    const { disk } = this
    const unsynced = disk.entries.length - disk.syncedCount
    disk.entries.length = disk.syncedCount + keep(unsynced)
    disk.syncedCount = Math.min(disk.syncedCount, disk.entries.length)
    this.state = null
    this.life += 1
  }

  step(event: QuorumEvent, nowMs: number, random: number): readonly QuorumEffect[] {
    assert(this.state !== null, 'a dead node does nothing')
    const { state, effects } = step(this.state, event, { nowMs, random })
    this.state = state
    return effects
  }

  get nextTickMs(): number {
    return this.state === null ? Infinity : nextTickMs(this.state)
  }

  append(entry: Entry): void {
    assert(entry.offset === this.logEnd, 'entries are contiguous')
    this.disk.entries.push(entry)
  }

  truncate(offset: number): void {
    const { disk } = this
    disk.entries.length = offset - disk.base.offsetEnd
    disk.syncedCount = Math.min(disk.syncedCount, disk.entries.length)
  }

  installSnapshot(snapshot: StoredSnapshot): void {
    const { disk } = this
    disk.snapshot = snapshot
    disk.base = snapshot.id
    disk.entries = []
    disk.syncedCount = 0
    this.delivered = Math.max(this.delivered, snapshot.id.offsetEnd)
  }

  /** Lets go of what the snapshot stands for. */
  trim(): void {
    const { disk } = this
    if (disk.snapshot === null) return
    const { id } = disk.snapshot
    const count = id.offsetEnd - disk.base.offsetEnd
    if (count <= 0 || count > disk.syncedCount) return
    disk.entries.splice(0, count)
    disk.syncedCount -= count
    disk.base = id
    assert(this.state !== null, 'only a living node trims')
    assert(startingAt(this.state.log, id).end === this.logEnd, 'core and log agree')
  }
}
