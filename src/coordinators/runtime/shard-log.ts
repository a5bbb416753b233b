import { errorCodes, errorName } from '../../protocol/index.ts'

/**
 * One led partition of an internal topic, as a shard sees it. Whoever implements it answers for leadership, replication and durability.
 *
 *     log start            high watermark         log end
 *         |----- committed ------|---- appended -----|
 */
export interface ShardLog {
  /** The epoch in which this node leads the partition right now; -1 when it does not lead it. */
  readonly currentEpoch: number
  /** First offset that can be read (inclusive). */
  readonly logStart: number
  /** Exclusive. Only the shard appends, so it moves only by {@link append}. */
  readonly logEnd: number
  /** Exclusive end of what is committed. */
  readonly highWatermark: number
  /** A batch at most (`max.message.bytes` of the topic). */
  readonly batchBytesMax: number
  /**
   * Whole batches up to the log end, the first one containing `fromOffset` or, where compaction left a gap, following it. As
   * much as is good for one slice of the loop (a MiB or less, but always one batch). Rejects with {@link ShardLogError} when it cannot.
   */
  read(fromOffset: number): Promise<Buffer>
  /**
   * Appends one batch, whose base offset and leader epoch the log stamps. Throws {@link ShardLogError} when nothing was appended.
   */
  append(batch: Buffer): AppendedBatch
  /** Like {@link AppendedBatch.committed}, for what was in the log already. */
  whenCommitted(offsetEnd: number): Promise<void>
}

export interface AppendedBatch {
  /** The log end after the batch. */
  readonly offsetEnd: number
  /**
   * Resolves when the high watermark has reached `offsetEnd` in the leader epoch of the append; rejects with {@link ShardLogError} when that
   * can no longer happen (leadership lost, log dir failed, partition deleted).
   */
  readonly committed: Promise<void>
}

/** The log of a shard refused or failed, with the error code that a producer would be given. */
export class ShardLogError extends Error {
  override readonly name = 'ShardLogError'
  /** NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, KAFKA_STORAGE_ERROR, MESSAGE_TOO_LARGE... */
  readonly errorCode: number

  constructor(errorCode: number, message: string, cause?: unknown) {
    super(`${message} (${errorName(errorCode)})`, { cause })
    this.errorCode = errorCode
  }
}

/**
 * What a coordinator's client is told for an error of its log: clients of coordinators know only a few
 * (org.apache.kafka.coordinator.common.runtime.CoordinatorOperationExceptionHelper).
 */
export function coordinatorError(logErrorCode: number): number {
  switch (logErrorCode) {
    case errorCodes.NETWORK_EXCEPTION:
      return errorCodes.COORDINATOR_LOAD_IN_PROGRESS
    case errorCodes.UNKNOWN_TOPIC_OR_PARTITION:
    case errorCodes.NOT_ENOUGH_REPLICAS:
    case errorCodes.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case errorCodes.REQUEST_TIMED_OUT:
      return errorCodes.COORDINATOR_NOT_AVAILABLE
    case errorCodes.NOT_LEADER_OR_FOLLOWER:
    case errorCodes.KAFKA_STORAGE_ERROR:
      return errorCodes.NOT_COORDINATOR
    case errorCodes.MESSAGE_TOO_LARGE:
    case errorCodes.RECORD_LIST_TOO_LARGE:
    case errorCodes.INVALID_FETCH_SIZE:
      return errorCodes.UNKNOWN_SERVER_ERROR
    default:
      return logErrorCode
  }
}
