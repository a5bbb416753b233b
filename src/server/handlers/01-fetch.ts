/**
 * Fetch (1): read whole batches from the log, for consumers up to the high watermark or the last stable offset, for followers up to the log end; wait
 * for bytes without polling; incremental sessions (KIP-227).
 */
import { ZERO_UUID } from '../../base/index.ts'
import { errorCodes, FetchRequest, FetchResponse } from '../../protocol/index.ts'
import { awaitBytes } from '../../replication/index.ts'
import type { FetchOutcome, FetchPlan, FetchTarget } from '../../replication/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import { fetchingReplica, Reading, topicRefOf } from '../fetch-reading.ts'
import type { Read } from '../fetch-reading.ts'
import { defineHandler } from '../handler.ts'
import type { RequestContext } from '../handler.ts'
import { asksForLeader, LeaderHints } from '../leader-hints.ts'
import type { Broker } from '../services.ts'

type Request = Decoded<typeof FetchRequest>
type Response = Draft<typeof FetchResponse>

/** From here on topics are named by id alone. */
const TOPIC_IDS_SINCE = 13

export const fetch = defineHandler(FetchRequest, FetchResponse, {
  handle(broker: Broker, request, context) {
    const plan = planOf(broker, request, context.apiVersion)
    if (typeof plan === 'number') return { errorCode: plan, responses: [] }
    return new Fetching(broker, request, context, plan).answer()
  },
})

function planOf(broker: Broker, request: Request, apiVersion: number): FetchPlan | number {
  const targets: FetchTarget[] = []
  for (const { topic, topicId, partitions } of request.topics) {
    for (const part of partitions) {
      // One by one: to spread an object costs a microsecond, and there may be tens of thousands.
      targets.push({
        topic,
        topicId,
        partition: part.partition,
        currentLeaderEpoch: part.currentLeaderEpoch,
        fetchOffset: part.fetchOffset,
        lastFetchedEpoch: part.lastFetchedEpoch,
        logStartOffset: part.logStartOffset,
        partitionMaxBytes: part.partitionMaxBytes,
      })
    }
  }
  const forgotten = request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((partition) => ({ topic, topicId, partition })),
  )
  return broker.fetchSessions.plan(
    {
      sessionId: request.sessionId,
      sessionEpoch: request.sessionEpoch,
      usesTopicIds: apiVersion >= TOPIC_IDS_SINCE,
      isFollower: fetchingReplica(request, apiVersion) !== null,
      targets,
      forgotten,
    },
    broker.io.clock.monotonicMs(),
    () => 1 + Math.floor(broker.io.entropy.random() * 0x7fff_fffe),
  )
}

/** One request under way: it reads, and when there is too little waits and reads once more. */
class Fetching {
  readonly #broker: Broker
  readonly #request: Request
  readonly #context: RequestContext
  readonly #plan: FetchPlan
  readonly #targets: readonly FetchTarget[]

  constructor(broker: Broker, request: Request, context: RequestContext, plan: FetchPlan) {
    this.#broker = broker
    this.#request = request
    this.#context = context
    this.#plan = plan
    this.#targets = [...plan.targets]
  }

  answer(): Response | Promise<Response> {
    const reading = this.#reading(false)
    const reads = reading.run()
    return reads instanceof Promise
      ? reads.then((late) => this.#answerOrWait(reading, late))
      : this.#answerOrWait(reading, reads)
  }

  #reading(isLate: boolean): Reading {
    return new Reading(this.#broker, this.#request, this.#context, this.#targets, isLate)
  }

  /** Answers now when there is enough, an error or no time; else waits for bytes and reads once more. */
  #answerOrWait(reading: Reading, reads: readonly Read[]): Response | Promise<Response> {
    const { minBytes, maxWaitMs } = this.#request
    let bytes = 0
    let isUrgent = maxWaitMs <= 0
    let isReadable = false
    for (const { outcome, preferredReplica } of reads) {
      bytes += outcome.records.length
      // As in Kafka, what does not exist is told with the rest: until the client has newer metadata it asks for it in each fetch.
      if (isUnknown(outcome)) continue
      isReadable = true
      if (outcome.errorCode !== 0 || outcome.divergingEpoch !== null) isUrgent = true
      if (preferredReplica >= 0) isUrgent = true
    }
    if (isUrgent || !isReadable || bytes >= minBytes) return this.#response(reads)
    return this.#wait(reading, reads, bytes)
  }

  async #wait(reading: Reading, reads: readonly Read[], bytes: number): Promise<Response> {
    const { clock } = this.#broker.io
    const { minBytes, maxWaitMs } = this.#request
    const { onceGone } = this.#context
    // What has come while others were read from the disk was not heard of.
    if (!reads.some((read) => reading.hasMore(read))) {
      const lists = reads.flatMap(({ partition }) =>
        partition === null ? [] : [reading.waitersOf(partition)],
      )
      const isWanted = await awaitBytes(clock, lists, bytes, minBytes, maxWaitMs, onceGone)
      if (!isWanted) return this.#response(reads)
    }
    return this.#response(await this.#reading(true).run())
  }

  #response(reads: readonly Read[]): Response {
    type TopicAnswer = { topic: string; topicId: string; partitions: PartitionAnswer[] }
    const responses: TopicAnswer[] = []
    const byTopic = new Map<string, TopicAnswer>()
    let hints: LeaderHints | null = null
    for (const read of reads) {
      const { target, outcome } = read
      if (!this.#plan.mustTell(target, newsOf(read))) continue
      const key = target.topicId === ZERO_UUID ? target.topic : target.topicId
      let answer = byTopic.get(key)
      if (answer === undefined) {
        answer = { topic: target.topic, topicId: target.topicId, partitions: [] }
        byTopic.set(key, answer)
        responses.push(answer)
      }
      const partition = partitionAnswer(read)
      answer.partitions.push(partition)
      if (!asksForLeader(outcome.errorCode)) continue
      hints ??= new LeaderHints(this.#broker, this.#context.listenerName)
      const ref = topicRefOf(target, this.#context.apiVersion)
      partition.currentLeader = hints.leaderOf(ref, target.partition)
    }
    const { sessionId } = this.#plan
    const nodeEndpoints = hints?.endpoints()
    return { errorCode: errorCodes.NONE, sessionId, responses, nodeEndpoints }
  }
}

function isUnknown({ errorCode }: FetchOutcome): boolean {
  return (
    errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION || errorCode === errorCodes.UNKNOWN_TOPIC_ID
  )
}

function newsOf({ outcome, preferredReplica }: Read): Parameters<FetchPlan['mustTell']>[1] {
  return {
    errorCode: outcome.errorCode,
    highWatermark: outcome.highWatermark,
    logStartOffset: outcome.logStart,
    recordBytes: outcome.records.length,
    hasNotice: outcome.divergingEpoch !== null || preferredReplica >= 0,
  }
}

type PartitionAnswer = Response['responses'][number]['partitions'][number] & {
  currentLeader?: { readonly leaderId: number; readonly leaderEpoch: number } | undefined
}

function partitionAnswer({ target, outcome, preferredReplica }: Read): PartitionAnswer {
  return {
    partitionIndex: target.partition,
    errorCode: outcome.errorCode,
    highWatermark: outcome.highWatermark,
    lastStableOffset: outcome.lastStableOffset,
    logStartOffset: outcome.logStart,
    abortedTransactions: outcome.abortedTransactions,
    records: outcome.records,
    preferredReadReplica: preferredReplica,
    ...(outcome.divergingEpoch === null ? {} : { divergingEpoch: outcome.divergingEpoch }),
  }
}
