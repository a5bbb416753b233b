/** Snapshots between nodes, piece by piece (KIP-630): the one who asks, and the one who is asked. */
import { errorCodes, FetchSnapshotRequest, FetchSnapshotResponse } from '../protocol/index.ts'
import type { Decoded } from '../wire/index.ts'
import { isFullDisk } from './files-driver.ts'
import type { Peers } from './peers-driver.ts'
import { decodeSnapshot, snapshotFileName } from './snapshot-file.ts'
import type { SnapshotId } from './snapshot-file.ts'
import type { FoundSnapshot, SnapshotDeps } from './snapshots-driver.ts'
import type { Address, EpochNews, QuorumEvent } from './state.ts'
import { endpointIn, METADATA_TOPIC } from './wire-requests.ts'

export interface SnapshotFetchOptions {
  readonly nodeId: number
  readonly directoryId: string
  readonly clusterId: string | null
  /** Of one piece. */
  readonly bytesMax: number
}

/** The leader no longer is, or has it no more: ask again what to fetch. */
class SnapshotGone extends Error {
  override readonly name = 'SnapshotGone'
  readonly news: EpochNews

  constructor(news: EpochNews) {
    super(`The snapshot cannot be had: error ${news.errorCode}`)
    this.news = news
  }
}

/** Fetches one snapshot at a time into `<name>.part`. */
export class SnapshotFetcher {
  readonly #deps: SnapshotDeps
  readonly #dir: string
  readonly #peers: Peers
  readonly #options: SnapshotFetchOptions
  readonly #report: (event: QuorumEvent) => void
  #fetched: FoundSnapshot | null = null
  #turn = 0

  constructor(
    deps: SnapshotDeps,
    dir: string,
    peers: Peers,
    options: SnapshotFetchOptions,
    report: (event: QuorumEvent) => void,
  ) {
    this.#deps = deps
    this.#dir = dir
    this.#peers = peers
    this.#options = options
    this.#report = report
  }

  /** Begins; progress and outcome are reported. A fetch that is under way ends unheard. */
  start(from: Address, epoch: number, id: SnapshotId): void {
    this.#fetched = null
    const turn = ++this.#turn
    const report = (event: QuorumEvent): void => {
      if (turn === this.#turn) this.#report(event)
    }
    this.#fetch(from, epoch, id, () => turn === this.#turn, report).then(
      (snapshot) => {
        if (snapshot === null || turn !== this.#turn) return
        this.#fetched = { id, snapshot }
        report({ kind: 'snapshotFetched', id })
      },
      (error: unknown) => {
        const { telemetry } = this.#deps
        const news = error instanceof SnapshotGone ? error.news : null
        const text = `Cannot fetch metadata snapshot ${snapshotFileName(id)}: ${error instanceof Error ? error.message : String(error)}`
        telemetry.log(isFullDisk(error) ? 'error' : 'warn', 'quorum.snapshot.fetch.failed', text)
        report({ kind: 'snapshotFailed', news })
      },
    )
  }

  stop(): void {
    this.#turn += 1
  }

  /** What was fetched last, under its final name and on disk; null: nothing. Throws DiskError. */
  async install(): Promise<FoundSnapshot | null> {
    const fetched = this.#fetched
    this.#fetched = null
    if (fetched === null) return null
    const { disk } = this.#deps
    const path = `${this.#dir}/${snapshotFileName(fetched.id)}`
    disk.rename(`${path}.part`, path)
    await disk.syncDirectory(this.#dir)
    return fetched
  }

  async #fetch(
    from: Address,
    epoch: number,
    id: SnapshotId,
    isWanted: () => boolean,
    report: (event: QuorumEvent) => void,
  ): Promise<FoundSnapshot['snapshot'] | null> {
    const { disk } = this.#deps
    const path = `${this.#dir}/${snapshotFileName(id)}.part`
    disk.removeFile(path)
    const connection = await this.#peers.connect(from, 'snapshot')
    const file = disk.open(path, 'exclusive')
    try {
      for (let position = 0, size = Infinity; position < size;) {
        const draft = this.#draft(epoch, id, position)
        const answer = await connection.send(FetchSnapshotRequest, FetchSnapshotResponse, draft)
        if (!isWanted()) return null
        const piece = pieceOf(answer)
        size = piece.size
        if (piece.bytes.length === 0 || piece.position !== position) {
          throw new Error(`found ${piece.bytes.length} bytes at ${piece.position} of ${size}`)
        }
        file.write([piece.bytes], position)
        position += piece.bytes.length
        report({ kind: 'snapshotProgress' })
      }
      await file.sync()
    } finally {
      file.close()
    }
    const snapshot = decodeSnapshot(disk.readFile(path))
    if (typeof snapshot === 'string') throw new Error(snapshot)
    return snapshot
  }

  #draft(
    currentLeaderEpoch: number,
    { offsetEnd, epoch }: SnapshotId,
    position: number,
  ): Parameters<typeof FetchSnapshotRequest.toBuffer>[1] {
    const { clusterId, nodeId, directoryId, bytesMax } = this.#options
    const partition = {
      partition: 0,
      currentLeaderEpoch,
      snapshotId: { endOffset: offsetEnd, epoch },
      position,
      replicaDirectoryId: directoryId,
    }
    return {
      clusterId,
      replicaId: nodeId,
      maxBytes: bytesMax,
      topics: [{ name: METADATA_TOPIC, partitions: [partition] }],
    }
  }
}

function pieceOf(answer: Decoded<typeof FetchSnapshotResponse>): {
  readonly size: number
  readonly position: number
  readonly bytes: Buffer
} {
  const found = answer.topics[0]?.partitions[0]
  const errorCode = found === undefined ? answer.errorCode : found.errorCode
  if (found === undefined || errorCode !== errorCodes.NONE) {
    const { leaderId, leaderEpoch } = found?.currentLeader ?? { leaderId: -1, leaderEpoch: -1 }
    const id = leaderEpoch <= 0 || leaderId < 0 ? null : leaderId
    const leaderEndpoint = endpointIn(answer.nodeEndpoints, id)
    throw new SnapshotGone({ errorCode, epoch: leaderEpoch, leaderId: id, leaderEndpoint })
  }
  return { size: found.size, position: found.position, bytes: found.unalignedRecords }
}
