/**
 * Fetch (1): read whole batches from the leader's log, up to the high watermark or the last stable offset; wait for bytes
 * without polling; incremental sessions (KIP-227).
 */
import { ZERO_UUID } from '../../base/index.ts'
import { errorCodes, FetchRequest, FetchResponse } from '../../protocol/index.ts'
import { awaitBytes, failedFetch } from '../../replication/index.ts'
import type { FetchOutcome, FetchPlan, FetchTarget, Partition } from '../../replication/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { defineHandler } from '../handler.ts'
import { findPartition } from '../topic-lookup.ts'

type Request = Decoded<typeof FetchRequest>
type Response = Draft<typeof FetchResponse>

const READ_COMMITTED = 1
/** From here on topics are named by id alone. */
const TOPIC_IDS_SINCE = 13

interface Read {
  readonly target: FetchTarget
  readonly partition: Partition | null
  readonly outcome: FetchOutcome
}

export const fetch = defineHandler(FetchRequest, FetchResponse, {
  handle(broker, request, { apiVersion }) {
    const plan = planOf(broker, request, apiVersion)
    if (typeof plan === 'number') return { errorCode: plan, responses: [] }
    const targets = [...plan.targets]
    const reads = readAll(broker, request, targets)
    return reads instanceof Promise
      ? reads.then((late) => answerOrWait(broker, request, plan, targets, late))
      : answerOrWait(broker, request, plan, targets, reads)
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

/** Reads the partitions in order until the request's byte limit. Usually everything is in memory and no promise is made. */
function readAll(
  broker: Broker,
  request: Request,
  targets: readonly FetchTarget[],
): Read[] | Promise<Read[]> {
  const reads: Read[] = []
  const budget = { bytes: Math.min(request.maxBytes, broker.settings.fetchBytesMax), isFirst: true }
  for (let i = 0; i < targets.length; i++) {
    const read = readOne(broker, request, targets[i] as FetchTarget, budget)
    if (read instanceof Promise)
      return readRest(broker, request, targets, i + 1, reads, read, budget)
    take(reads, read, budget)
  }
  return reads
}

async function readRest(
  broker: Broker,
  request: Request,
  targets: readonly FetchTarget[],
  from: number,
  reads: Read[],
  first: Promise<Read>,
  budget: Budget,
): Promise<Read[]> {
  take(reads, await first, budget)
  for (const target of targets.slice(from))
    take(reads, await readOne(broker, request, target, budget), budget)
  return reads
}

interface Budget {
  bytes: number
  /** KIP-74: the first partition that has data gives at least one batch, whatever its size. */
  isFirst: boolean
}

function take(reads: Read[], read: Read, budget: Budget): void {
  reads.push(read)
  budget.bytes -= read.outcome.records.length
  if (read.outcome.records.length > 0) budget.isFirst = false
}

function readOne(
  broker: Broker,
  request: Request,
  target: FetchTarget,
  budget: Budget,
): Read | Promise<Read> {
  const found = findPartition(
    broker,
    { name: target.topic, topicId: target.topicId },
    target.partition,
  )
  if (typeof found === 'number') return { target, partition: null, outcome: failedFetch(found) }
  const outcome = found.fetch({
    offset: target.fetchOffset,
    maxBytes: Math.max(0, Math.min(target.partitionMaxBytes, budget.bytes)),
    minOneBatch: budget.isFirst,
    readCommitted: request.isolationLevel === READ_COMMITTED,
    currentLeaderEpoch: target.currentLeaderEpoch,
    lastFetchedEpoch: target.lastFetchedEpoch,
  })
  return outcome instanceof Promise
    ? outcome.then((late) => ({ target, partition: found, outcome: late }))
    : { target, partition: found, outcome }
}

/** Answers now when there is enough, an error or no time; else waits for bytes and reads once more. */
function answerOrWait(
  broker: Broker,
  request: Request,
  plan: FetchPlan,
  targets: readonly FetchTarget[],
  reads: readonly Read[],
): Response | Promise<Response> {
  let bytes = 0
  let isUrgent = targets.length === 0 || request.maxWaitMs <= 0
  for (const { outcome } of reads) {
    bytes += outcome.records.length
    if (outcome.errorCode !== 0 || outcome.divergingEpoch !== null) isUrgent = true
  }
  if (isUrgent || bytes >= request.minBytes) return responseOf(plan, reads)
  const partitions = reads.flatMap(({ partition }) => (partition === null ? [] : [partition]))
  return awaitBytes(broker.io.clock, partitions, bytes, request.minBytes, request.maxWaitMs)
    .then(() => readAll(broker, request, targets))
    .then((late) => responseOf(plan, late))
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
