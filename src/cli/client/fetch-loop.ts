/**
 * Reads partitions continuously: one loop for each leader, so that a slow or idle one never holds up another. Survives moves of
 * leaders and restarts of brokers.
 */
import { errorCodes, isRetriable } from '../../protocol/index.ts'
import { Backoff } from './backoff.ts'
import type { ClusterClient } from './cluster-client.ts'
import { checkError, mayPass } from './errors.ts'
import { batchesOf, fetchOnce } from './fetch.ts'
import type { FetchedBatch, FetchedPartition } from './fetch.ts'
import { listOffsets, START } from './list-offsets.ts'
import type { Isolation } from './list-offsets.ts'
import { findLeaders, partitionName } from './partitions.ts'
import type { TopicPartition } from './partitions.ts'

/** How long nothing may work at all before the loop gives up. */
const FAILING_MS_MAX = 60_000
/** Pause before partitions without a leader are looked up again while others are read. */
const LEADER_RETRY_MS = 1_000

export interface PartitionPlan extends TopicPartition {
  /** Offset of the first record wanted. */
  readonly from: number
  /** Exclusive. Null: for ever. */
  readonly to: number | null
}

export interface FetchLoopOptions {
  readonly isolation: Isolation
  /** Ends the loop. */
  readonly signal: AbortSignal
  /**
   * Takes records, of one partition in order; the next fetch waits for it. Resolves with null, or to end the loop with the offset of the
   * first record that it did not take.
   */
  readonly take: (batch: FetchedBatch) => Promise<number | null>
  /** Something worth a line on stderr. */
  readonly warn: (message: string) => void
}

interface State extends TopicPartition {
  position: number
  readonly to: number | null
  /** Null: to be found. */
  leaderId: number | null
}

export class FetchLoop {
  readonly #client: ClusterClient
  readonly #options: FetchLoopOptions
  readonly #states: readonly State[]
  readonly #backoff: Backoff
  #hasEnough = false

  constructor(client: ClusterClient, plans: readonly PartitionPlan[], options: FetchLoopOptions) {
    this.#client = client
    this.#options = options
    this.#states = plans.map((plan) => ({ ...plan, position: plan.from, leaderId: null }))
    this.#backoff = new Backoff(client, FAILING_MS_MAX)
  }

  /** Offsets of the next record of each partition, all before it having been taken. */
  get positions(): ReadonlyArray<TopicPartition & { readonly position: number }> {
    return this.#states
  }

  /** Resolves when every partition has reached its end, `take` has had enough, or the signal came. */
  async run(): Promise<void> {
    const loops = new Map<number, Promise<void>>()
    try {
      while (!this.#isOver()) {
        await this.#findLeaders()
        for (const { leaderId } of this.#open()) {
          if (leaderId === null || loops.has(leaderId)) continue
          const loop = this.#follow(leaderId).finally(() => loops.delete(leaderId))
          loops.set(leaderId, loop)
        }
        await this.#change(loops)
      }
    } finally {
      this.#hasEnough = true
      await Promise.allSettled(loops.values())
    }
  }

  /** Waits until some loop has ended, or it is time to look for missing leaders again. */
  async #change(loops: ReadonlyMap<number, Promise<void>>): Promise<void> {
    const waits = [...loops.values()]
    const isMissing = this.#open().some(({ leaderId }) => leaderId === null)
    if (isMissing) waits.push(this.#client.pause(LEADER_RETRY_MS))
    await Promise.race(waits)
  }

  #isOver(): boolean {
    return this.#hasEnough || this.#options.signal.aborted || this.#open().length === 0
  }

  #open(): readonly State[] {
    return this.#states.filter(({ position, to }) => to === null || position < to)
  }

  async #findLeaders(): Promise<void> {
    while (!this.#isOver()) {
      const lost = this.#open().filter(({ leaderId }) => leaderId === null)
      if (lost.length === 0) return
      try {
        const topics = lost.map(({ topic }) => topic)
        const leaders = await findLeaders(this.#client, topics)
        for (const state of lost) state.leaderId = leaderOf(leaders, state)
        if (lost.every(({ leaderId }) => leaderId !== null)) return
      } catch (error) {
        await this.#retry(error)
        continue
      }
      if (lost.some(({ leaderId }) => leaderId !== null)) return
      if (!(await this.#backoff.pause())) checkError(errorCodes.LEADER_NOT_AVAILABLE, 'fetch')
    }
  }

  /** Fetches from one leader until it leads none of the open partitions. */
  async #follow(nodeId: number): Promise<void> {
    while (!this.#isOver()) {
      const mine = this.#open().filter(({ leaderId }) => leaderId === nodeId)
      if (mine.length === 0) return
      try {
        const node = await this.#client.node(nodeId)
        const { errorCode, partitions } = await fetchOnce(node, mine, this.#options.isolation)
        checkError(errorCode, `fetch from node ${nodeId}`)
        const isWhole = await this.#takeAll(partitions, mine, nodeId)
        // Back to the one who finds leaders: some have moved.
        if (!isWhole) return
        this.#backoff.reset()
      } catch (error) {
        await this.#retry(error)
        for (const state of mine) state.leaderId = null
        return
      }
    }
  }

  async #retry(error: unknown): Promise<void> {
    if (!mayPass(error) || !(await this.#backoff.pause())) throw error
  }

  /** False: some partition must find its leader anew. */
  async #takeAll(
    partitions: readonly FetchedPartition[],
    mine: readonly State[],
    nodeId: number,
  ): Promise<boolean> {
    const byName = new Map(mine.map((state) => [partitionName(state), state]))
    let isWhole = true
    for (const fetched of partitions) {
      const { topic, partitionIndex: partition, errorCode } = fetched
      const state = byName.get(partitionName({ topic, partition }))
      if (state === undefined) continue
      if (errorCode === errorCodes.OFFSET_OUT_OF_RANGE) {
        await this.#moveToStart(state)
      } else if (isRetriable(errorCode)) {
        state.leaderId = null
        isWhole = false
        if (!(await this.#backoff.pause())) checkError(errorCode, `fetch ${partitionName(state)}`)
      } else {
        checkError(errorCode, `fetch ${partitionName(state)}`)
        await this.#takePartition(fetched, state, nodeId)
      }
      if (this.#isOver()) break
    }
    return isWhole
  }

  async #takePartition(fetched: FetchedPartition, state: State, nodeId: number): Promise<void> {
    const { to } = state
    for (const batch of batchesOf(fetched, state.position, nodeId)) {
      const isCut = to !== null && batch.offsetEnd > to
      const wanted = isCut
        ? { ...batch, records: batch.records.filter(({ offset }) => offset < to), offsetEnd: to }
        : batch
      const stoppedAt = wanted.records.length === 0 ? null : await this.#options.take(wanted)
      if (stoppedAt !== null) this.#hasEnough = true
      state.position = stoppedAt ?? wanted.offsetEnd
      if (this.#isOver() || isCut) return
    }
  }

  /** Retention or DeleteRecords has overtaken the reader. */
  async #moveToStart(state: State): Promise<void> {
    const starts = await listOffsets(this.#client, [state], START)
    const start = starts.get(partitionName(state)) ?? 0
    const name = partitionName(state)
    if (start <= state.position) {
      checkError(
        errorCodes.OFFSET_OUT_OF_RANGE,
        `fetch ${name} at offset ${state.position}`,
        `The offset lies behind the end of the log, which begins at ${start}.`,
      )
    }
    this.#options.warn(
      `${name}: records ${state.position} to ${start - 1} are gone; going on at offset ${start}`,
    )
    state.position = start
  }
}

function leaderOf(leaders: ReadonlyMap<string, number>, state: State): number | null {
  const leaderId = leaders.get(partitionName(state)) ?? -1
  return leaderId < 0 ? null : leaderId
}
