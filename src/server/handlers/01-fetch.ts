/**
 * Fetch (1): read whole batches from the leader's log, up to the high watermark or the last stable offset; wait for bytes
 * without polling; incremental sessions (KIP-227).
 */
import { ZERO_UUID } from '../../base/index.ts'
import { errorCodes, FetchRequest, FetchResponse } from '../../protocol/index.ts'
import { awaitBytes, failedFetch } from '../../replication/index.ts'
import type { FetchOutcome, FetchPlan, FetchTarget, Partition } from '../../replication/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import type { Broker } from '../services.ts'
import { defineHandler } from '../handler.ts'
import type { RequestContext } from '../handler.ts'
import { Pace } from '../turns.ts'
import { findPartition } from '../topic-lookup.ts'

type Request = Decoded<typeof FetchRequest>
type Response = Draft<typeof FetchResponse>

const READ_COMMITTED = 1
/** From here on topics are named by id alone. */
const TOPIC_IDS_SINCE = 13
/** What is read of one partition at most: bytes that are in memory still have to be copied, which holds the loop. */
const PARTITION_BYTES_MAX = 8 * 1024 * 1024
/** An answer's bytes while memory is short; one batch is always there. */
const SHORT_BYTES = 64 * 1024

interface Read {
  readonly target: FetchTarget
  readonly partition: Partition | null
  readonly outcome: FetchOutcome
}

export const fetch = defineHandler(FetchRequest, FetchResponse, {
  handle(broker, request, context) {
    const plan = planOf(broker, request, context.apiVersion)
    if (typeof plan === 'number') return { errorCode: plan, responses: [] }
    const targets = [...plan.targets]
    const reads = new Reading(broker, request, context, targets).run()
    return reads instanceof Promise
      ? reads.then((late) => answerOrWait(broker, request, context, plan, targets, late))
      : answerOrWait(broker, request, context, plan, targets, reads)
  },
})

function planOf(broker: Broker, request: Request, apiVersion: number): FetchPlan | number {
  const targets: FetchTarget[] = []
  for (const { topic, topicId, partitions } of request.topics) {
    for (const part of partitions) targets.push({ topic, topicId, ...part })
  }
  const forgotten = request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((partition) => ({ topic, topicId, partition })),
  )
  const replicaId = apiVersion >= 15 ? request.replicaState.replicaId : request.replicaId
  return broker.fetchSessions.plan(
    {
      sessionId: request.sessionId,
      sessionEpoch: request.sessionEpoch,
      usesTopicIds: apiVersion >= TOPIC_IDS_SINCE,
      isFollower: replicaId >= 0,
      targets,
      forgotten,
    },
    broker.io.clock.monotonicMs(),
    () => 1 + Math.floor(broker.io.entropy.random() * 0x7fff_fffe),
  )
}

/** Reads the partitions of one request in order, until its byte limit. Usually everything is in memory and no promise is made. */
class Reading {
  readonly #broker: Broker
  readonly #context: RequestContext
  readonly #request: Request
  readonly #targets: readonly FetchTarget[]
  readonly #usesTopicIds: boolean
  readonly #reads: Read[] = []
  readonly #pace: Pace
  /** Left for the partitions that follow. */
  #bytes: number
  /** KIP-74: the first partition that has data gives at least one batch, whatever its size. */
  #isFirst = true

  constructor(
    broker: Broker,
    request: Request,
    context: RequestContext,
    targets: readonly FetchTarget[],
  ) {
    this.#broker = broker
    this.#context = context
    this.#request = request
    this.#targets = targets
    this.#pace = new Pace(context.turns)
    this.#usesTopicIds = context.apiVersion >= TOPIC_IDS_SINCE
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
    const { topic: name, topicId, partition: index } = target
    const found = findPartition(this.#broker, this.#usesTopicIds ? { topicId } : { name }, index)
    if (typeof found === 'number') return { target, partition: null, outcome: failedFetch(found) }
    const outcome = found.fetch({
      offset: target.fetchOffset,
      maxBytes: Math.max(0, Math.min(target.partitionMaxBytes, this.#bytes, PARTITION_BYTES_MAX)),
      minOneBatch: this.#isFirst,
      readCommitted: this.#request.isolationLevel === READ_COMMITTED,
      currentLeaderEpoch: target.currentLeaderEpoch,
      lastFetchedEpoch: target.lastFetchedEpoch,
      buffers: this.#broker.buffers,
    })
    return outcome instanceof Promise
      ? outcome.then((late) => ({ target, partition: found, outcome: late }))
      : { target, partition: found, outcome }
  }
}

/** Answers now when there is enough, an error or no time; else waits for bytes and reads once more. */
function answerOrWait(
  broker: Broker,
  request: Request,
  context: RequestContext,
  plan: FetchPlan,
  targets: readonly FetchTarget[],
  reads: readonly Read[],
): Response | Promise<Response> {
  let bytes = 0
  let isUrgent = request.maxWaitMs <= 0
  let isReadable = false
  for (const { outcome } of reads) {
    bytes += outcome.records.length
    // As in Kafka, what does not exist is told with the rest: until the client has newer metadata it asks for it in each fetch.
    if (isUnknown(outcome)) continue
    isReadable = true
    if (outcome.errorCode !== 0 || outcome.divergingEpoch !== null) isUrgent = true
  }
  if (isUrgent || !isReadable || bytes >= request.minBytes) return responseOf(plan, reads)
  const partitions = reads.flatMap(({ partition }) => (partition === null ? [] : [partition]))
  const { clock } = broker.io
  return awaitBytes(
    clock,
    partitions,
    bytes,
    request.minBytes,
    request.maxWaitMs,
    context.onceGone,
  ).then(async (isWanted) => {
    const late = isWanted ? await new Reading(broker, request, context, targets).run() : reads
    return responseOf(plan, late)
  })
}

function isUnknown({ errorCode }: FetchOutcome): boolean {
  return (
    errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION || errorCode === errorCodes.UNKNOWN_TOPIC_ID
  )
}

function responseOf(plan: FetchPlan, reads: readonly Read[]): Response {
  type TopicAnswer = { topic: string; topicId: string; partitions: PartitionAnswer[] }
  const responses: TopicAnswer[] = []
  const byTopic = new Map<string, TopicAnswer>()
  for (const { target, outcome } of reads) {
    const isNews = plan.mustTell(target, {
      errorCode: outcome.errorCode,
      highWatermark: outcome.highWatermark,
      logStartOffset: outcome.logStart,
      recordBytes: outcome.records.length,
      hasNotice: outcome.divergingEpoch !== null,
    })
    if (!isNews) continue
    const key = target.topicId === ZERO_UUID ? target.topic : target.topicId
    let answer = byTopic.get(key)
    if (answer === undefined) {
      answer = { topic: target.topic, topicId: target.topicId, partitions: [] }
      byTopic.set(key, answer)
      responses.push(answer)
    }
    answer.partitions.push(partitionAnswer(target.partition, outcome))
  }
  return { errorCode: errorCodes.NONE, sessionId: plan.sessionId, responses }
}

type PartitionAnswer = Response['responses'][number]['partitions'][number]

function partitionAnswer(partitionIndex: number, outcome: FetchOutcome): PartitionAnswer {
  return {
    partitionIndex,
    errorCode: outcome.errorCode,
    highWatermark: outcome.highWatermark,
    lastStableOffset: outcome.lastStableOffset,
    logStartOffset: outcome.logStart,
    abortedTransactions: outcome.abortedTransactions,
    records: outcome.records,
    ...(outcome.divergingEpoch === null ? {} : { divergingEpoch: outcome.divergingEpoch }),
  }
}
