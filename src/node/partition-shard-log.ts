import { ShardLogError } from '../coordinators/runtime/index.ts'
import type { AppendedBatch, ShardLog } from '../coordinators/runtime/index.ts'
import { LogError } from '../log/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { readBatchHeader } from '../records/index.ts'
import type { CommitOutcome, Partition } from '../replication/index.ts'

/** One slice of a replay. */
const READ_BYTES = 256 * 1024

/**
 * A partition of an internal topic, as its coordinator uses it while this node leads it: append, wait for the high watermark, read back. Opened at its
 * first use, so that a log dir that is offline costs the coordinator this shard and not the node its start.
 */
export class PartitionShardLog implements ShardLog {
  readonly #open: () => Partition
  #opened: Partition | null = null

  /** @param open may throw LogError */
  constructor(open: () => Partition) {
    this.#open = open
  }

  get #partition(): Partition {
    try {
      return (this.#opened ??= this.#open())
    } catch (error) {
      throw storageError(error)
    }
  }

  get currentEpoch(): number {
    return this.#partition.leader?.epoch ?? -1
  }

  get logStart(): number {
    const { log } = this.#partition
    try {
      return log.logStart
    } catch (error) {
      throw storageError(error)
    }
  }

  get logEnd(): number {
    const { log, leader } = this.#partition
    if (leader === null) throw this.#lost('leadershipLost')
    try {
      return log.logEnd
    } catch (error) {
      throw storageError(error)
    }
  }

  get highWatermark(): number {
    return this.#partition.highWatermark
  }

  get batchBytesMax(): number {
    return this.#partition.produceRules.maxMessageBytes
  }

  async read(fromOffset: number): Promise<Buffer> {
    const { log, topic, index } = this.#partition
    try {
      const result = await log.read(fromOffset, {
        maxBytes: READ_BYTES,
        offsetEndMax: log.logEnd,
        minOneBatch: true,
      })
      if (result.kind === 'batches') return result.buffer
      const message =
        result.kind === 'corrupt' ? result.message : `offset ${fromOffset} is out of range`
      throw new ShardLogError(
        errorCodes.KAFKA_STORAGE_ERROR,
        `Cannot read ${topic}-${index}: ${message}`,
      )
    } catch (error) {
      throw storageError(error)
    }
  }

  append(batch: Buffer): AppendedBatch {
    const checked = { buffer: batch, header: readBatchHeader(batch, 0) }
    const outcome = this.#partition.append(checked, -1)
    if (!outcome.ok) throw new ShardLogError(outcome.errorCode, outcome.message)
    const { offsetEnd } = outcome
    return {
      offsetEnd,
      committed: outcome.isAcked ? Promise.resolve() : this.whenCommitted(offsetEnd),
    }
  }

  whenCommitted(offsetEnd: number): Promise<void> {
    if (this.#partition.leader === null) return Promise.reject(this.#lost('leadershipLost'))
    if (this.#partition.highWatermark >= offsetEnd) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#partition.committed.add(offsetEnd, (outcome) => {
        if (outcome === 'committed') resolve()
        else reject(this.#lost(outcome))
      })
    })
  }

  #lost(outcome: Exclude<CommitOutcome, 'committed'>): ShardLogError {
    const { topic, index } = this.#partition
    const errorCode =
      outcome === 'storageFailed'
        ? errorCodes.KAFKA_STORAGE_ERROR
        : errorCodes.NOT_LEADER_OR_FOLLOWER
    return new ShardLogError(errorCode, `Cannot commit to ${topic}-${index}`)
  }
}

/** What a shard knows how to take: the log cannot be used. Anything else is a bug, and stays what it is. */
function storageError(error: unknown): unknown {
  if (!(error instanceof LogError)) return error
  return new ShardLogError(errorCodes.KAFKA_STORAGE_ERROR, error.message, error)
}
