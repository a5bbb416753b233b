/** Reading for one Fetch request: the partitions in order, until its byte limit. */
import { errorCodes } from '../protocol/index.ts'
import type { FetchRequest } from '../protocol/index.ts'
import { LogError } from '../log/index.ts'
import { emptyFetch, failedFetch } from '../replication/index.ts'
import type { DataWaiters, FetchOutcome, FetchTarget, Partition } from '../replication/index.ts'
import type { Decoded } from '../wire/index.ts'
import type { RequestContext } from './handler.ts'
import type { Broker } from './services.ts'
import { findPartition } from './topic-lookup.ts'
import type { TopicRef } from './topic-lookup.ts'
import { Pace } from './turns.ts'

type Request = Decoded<typeof FetchRequest>

const READ_COMMITTED = 1
/** From here on consumers may read from followers (KIP-392). */
const ANY_REPLICA_SINCE = 11
/** From here on topics are named by id alone. */
const TOPIC_IDS_SINCE = 13
/** From here on a follower names its broker epoch (KIP-903). */
const REPLICA_STATE_SINCE = 15
/** What is read of one partition at most: bytes that are in memory still have to be copied, which holds the loop. */
const PARTITION_BYTES_MAX = 8 * 1024 * 1024
/** An answer's bytes while memory is short; one batch is always there. */
const SHORT_BYTES = 64 * 1024
const RACK_AWARE = /(^|\.)RackAwareReplicaSelector$/

/** The follower that fetches. */
export interface FetchingReplica {
  readonly nodeId: number
  /** -1: not said. */
  readonly brokerEpoch: number
}

export interface Read {
  readonly target: FetchTarget
  readonly partition: Partition | null
  readonly outcome: FetchOutcome
  /** The end of what could be seen when it was read. */
  readonly seenEnd: number
  /** The consumer had better read from this follower; -1: here. */
  readonly preferredReplica: number
}

/** Null: a consumer fetches. */
export function fetchingReplica(request: Request, apiVersion: number): FetchingReplica | null {
  const { replicaState } = request
  const nodeId = apiVersion >= REPLICA_STATE_SINCE ? replicaState.replicaId : request.replicaId
  if (nodeId < 0) return null
  const brokerEpoch = apiVersion >= REPLICA_STATE_SINCE ? replicaState.replicaEpoch : -1
  return { nodeId, brokerEpoch }
}

/** How the targets of a request name their topics. */
export function topicRefOf({ topic, topicId }: FetchTarget, apiVersion: number): TopicRef {
  return apiVersion >= TOPIC_IDS_SINCE ? { topicId } : { name: topic }
}

/** Reads in order, until the request's byte limit. Usually everything is in memory and no promise is made. */
export class Reading {
  readonly #broker: Broker
  readonly #context: RequestContext
  readonly #request: Request
  readonly #targets: readonly FetchTarget[]
  readonly #replica: FetchingReplica | null
  readonly #isLate: boolean
  readonly #choosesReplica: boolean
  readonly #reads: Read[] = []
  readonly #pace: Pace
  /** Left for the partitions that follow. */
  #bytes: number
  /** KIP-74: the first partition that has data gives at least one batch, whatever its size. */
  #isFirst = true

  /** @param isLate the request has waited, and reads again */
  constructor(
    broker: Broker,
    request: Request,
    context: RequestContext,
    targets: readonly FetchTarget[],
    isLate: boolean,
  ) {
    this.#broker = broker
    this.#context = context
    this.#request = request
    this.#targets = targets
    this.#pace = new Pace(context.turns)
    this.#replica = fetchingReplica(request, context.apiVersion)
    this.#isLate = isLate
    this.#choosesReplica =
      this.#replica === null &&
      context.apiVersion >= ANY_REPLICA_SINCE &&
      request.rackId !== '' &&
      RACK_AWARE.test(broker.brokerSettings().get('replica.selector.class') ?? '')
    const bytesMax = Math.min(request.maxBytes, broker.settings.fetchBytesMax)
    this.#bytes = context.isMemoryShort() ? Math.min(bytesMax, SHORT_BYTES) : bytesMax
  }

  run(): Read[] | Promise<Read[]> {
    while (this.#reads.length < this.#targets.length) {
      if (!this.#pace.mayGoOn()) return this.#runLater()
      const read = this.#readNext()
      if (read instanceof Promise) return this.#runLater(read)
      this.#take(read)
    }
    return this.#reads
  }

  /** Where those wait who want more of a partition. */
  waitersOf(partition: Partition): DataWaiters {
    return this.#replica === null ? partition.readers : partition.replica.followers
  }

  /** True when more can be seen than was when it was read. */
  hasMore({ partition, seenEnd }: Read): boolean {
    return partition !== null && partition.isUsable && this.#endOf(partition) > seenEnd
  }

  async #runLater(first?: Promise<Read>): Promise<Read[]> {
    if (first !== undefined) this.#take(await first)
    while (this.#reads.length < this.#targets.length) {
      while (!this.#pace.mayGoOn()) await this.#pace.rest()
      this.#take(await this.#readNext())
    }
    return this.#reads
  }

  #take(read: Read): void {
    const { records } = read.outcome
    const { length } = records
    this.#context.release(records)
    this.#reads.push(read)
    this.#bytes -= length
    if (length > 0) this.#isFirst = false
  }

  #readNext(): Read | Promise<Read> {
    const target = this.#targets[this.#reads.length] as FetchTarget
    const found = this.#find(target)
    if (typeof found === 'number') return notRead(target, found)
    try {
      const seenEnd = this.#endOf(found)
      const preferredReplica = this.#preferredReplica(found, target)
      if (preferredReplica >= 0) {
        return { ...readOf(target, found, emptyFetch(found.replica), seenEnd), preferredReplica }
      }
      const outcome = this.#read(found, target)
      return outcome instanceof Promise
        ? outcome.then((late) => readOf(target, found, late, seenEnd))
        : readOf(target, found, outcome, seenEnd)
    } catch (error) {
      if (error instanceof LogError) return notRead(target, errorCodes.KAFKA_STORAGE_ERROR)
      throw error
    }
  }

  /** The leader's replica, or for consumers of newer versions a follower's. */
  #find(target: FetchTarget): Partition | number {
    const { apiVersion } = this.#context
    const ref = topicRefOf(target, apiVersion)
    const found = findPartition(this.#broker, ref, target.partition)
    const isForeign = found === errorCodes.NOT_LEADER_OR_FOLLOWER
    if (!isForeign || this.#replica !== null || apiVersion < ANY_REPLICA_SINCE) return found
    return this.#broker.partitions.followed(target.topicId, target.topic, target.partition) ?? found
  }

  #endOf(partition: Partition): number {
    return this.#replica === null ? partition.highWatermark : partition.log.logEnd
  }

  #preferredReplica({ leader }: Partition, { fetchOffset }: FetchTarget): number {
    if (!this.#choosesReplica || leader === null) return -1
    const { cluster } = this.#broker.image()
    const rackOf = (id: number): string | null => {
      return cluster.isAlive(id) ? (cluster.broker(id)?.rack ?? null) : null
    }
    return leader.nearestFollower(this.#request.rackId, fetchOffset, rackOf) ?? -1
  }

  #read(partition: Partition, target: FetchTarget): FetchOutcome | Promise<FetchOutcome> {
    const spec = {
      offset: target.fetchOffset,
      maxBytes: Math.max(0, Math.min(target.partitionMaxBytes, this.#bytes, PARTITION_BYTES_MAX)),
      minOneBatch: this.#isFirst,
      readCommitted: this.#request.isolationLevel === READ_COMMITTED,
      currentLeaderEpoch: target.currentLeaderEpoch,
      lastFetchedEpoch: target.lastFetchedEpoch,
      buffers: this.#broker.buffers,
    }
    if (this.#replica === null) return partition.fetch(spec)
    const { nodeId, brokerEpoch } = this.#replica
    const { fetchOffset, logStartOffset: logStart } = target
    const follower = { nodeId, brokerEpoch, fetchOffset, logStart }
    return partition.fetchForFollower(spec, follower, this.#isLate)
  }
}

function readOf(
  target: FetchTarget,
  partition: Partition,
  outcome: FetchOutcome,
  seenEnd: number,
): Read {
  return { target, partition, outcome, seenEnd, preferredReplica: -1 }
}

function notRead(target: FetchTarget, errorCode: number): Read {
  const outcome = failedFetch(errorCode)
  return { target, partition: null, outcome, seenEnd: -1, preferredReplica: -1 }
}
