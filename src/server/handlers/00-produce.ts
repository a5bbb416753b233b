/**
 * Produce (0): check each batch at the gateway, append it, answer when `acks` is satisfied.
 *
 * acks=0 gets no answer; a failure closes the connection, which is all that the client can notice. acks=1 waits for the leader, in
 * partitions with `flush.before.ack` for its disk. acks=all waits for the high watermark.
 */
import { errorCodes, errorMessage, ProduceRequest, ProduceResponse } from '../../protocol/index.ts'
import { checkProduced, isTransactional } from '../../records/index.ts'
import type { Refusal } from '../../records/index.ts'
import { PendingAcks } from '../../replication/index.ts'
import type { Acks } from '../../replication/index.ts'
import { WireError } from '../../wire/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import type { Broker } from '../services.ts'
import { defineHandler, Staged } from '../handler.ts'
import { asksForLeader, LeaderHints } from '../leader-hints.ts'
import type { RequestContext } from '../handler.ts'
import { Pace } from '../turns.ts'
import { findPartition, isInternalTopic } from '../topic-lookup.ts'
import type { TopicRef } from '../topic-lookup.ts'

type Request = Decoded<typeof ProduceRequest>
type Response = Draft<typeof ProduceResponse>
type TopicData = Request['topicData'][number]
type PartitionData = TopicData['partitionData'][number]

/** The answer for one partition, filled in as its fate is known. */
interface PartitionResult {
  readonly index: number
  errorCode: number
  baseOffset: number
  logAppendTimeMs: number
  logStartOffset: number
  recordErrors: Array<{ batchIndex: number; batchIndexErrorMessage: string | null }>
  errorMessage: string | null
  currentLeader?: { readonly leaderId: number; readonly leaderEpoch: number } | undefined
}

/** zstd is refused below this version (KIP-110). */
const ZSTD_SINCE = 7
/** From here on topics are named by id alone. */
const TOPIC_IDS_SINCE = 13
/** The one client that may write internal topics, as in Kafka. */
const ADMIN_CLIENT_ID = '__admin_client'

const errorOfRefusal: Readonly<Record<Refusal['kind'], number>> = {
  corrupt: errorCodes.CORRUPT_MESSAGE,
  invalidRecord: errorCodes.INVALID_RECORD,
  invalidTimestamp: errorCodes.INVALID_TIMESTAMP,
  messageTooLarge: errorCodes.MESSAGE_TOO_LARGE,
  recordListTooLarge: errorCodes.RECORD_LIST_TOO_LARGE,
  unsupportedCompression: errorCodes.UNSUPPORTED_COMPRESSION_TYPE,
  unsupportedFormat: errorCodes.INVALID_RECORD,
}

/** Decompressed bytes after which a request lets others have a turn, however quick it was: lz4 frees memory only between turns. */
const TURN_BYTES = 16 * 1024 * 1024

export const produce = defineHandler(ProduceRequest, ProduceResponse, {
  overlaps: true,
  keepsNoBytes: true,
  handle(broker, request, context) {
    const producing = new Producing(broker, request, context)
    if (producing.advance()) return producing.answer()
    const started = producing.finish()
    return new Staged(
      started,
      started.then(() => producing.answer()),
    )
  },
})

/** One request under way: its partitions are appended in order, over several turns of the loop if they are costly to check. */
class Producing {
  readonly #broker: Broker
  readonly #request: Request
  readonly #context: RequestContext
  readonly #pending = new PendingAcks()
  readonly #responses: Array<{
    name: string
    topicId: string
    partitionResponses: PartitionResult[]
  }>
  readonly #pace: Pace
  #topicIndex = 0
  #turnBytes = 0
  #isGone = false
  /** Somebody else leads one of the partitions. */
  #isMisled = false

  constructor(broker: Broker, request: Request, context: RequestContext) {
    this.#broker = broker
    this.#request = request
    this.#context = context
    this.#pace = new Pace(context.turns)
    this.#responses = request.topicData.map(({ name, topicId }) => ({
      name,
      topicId,
      partitionResponses: [],
    }))
  }

  /** Appends what this turn allows; true when all is appended. */
  advance(): boolean {
    this.#turnBytes = 0
    for (; this.#topicIndex < this.#responses.length; this.#topicIndex++) {
      const topic = this.#request.topicData[this.#topicIndex] as TopicData
      const results = this.#responses[this.#topicIndex]?.partitionResponses as PartitionResult[]
      while (results.length < topic.partitionData.length) {
        if (this.#turnBytes >= TURN_BYTES || !this.#pace.mayGoOn()) return false
        results.push(this.#produceTo(topic, topic.partitionData[results.length] as PartitionData))
      }
    }
    return true
  }

  /** Appends the rest, a turn at a time. Stops when the client is gone, unless it would not have waited for an answer. */
  async finish(): Promise<void> {
    const stay = this.#context.onceGone(() => (this.#isGone = true))
    do await this.#pace.rest()
    while (!this.#isAbandoned && !this.advance())
    stay()
  }

  get #isAbandoned(): boolean {
    return this.#isGone && this.#request.acks !== 0
  }

  answer(): Response | null | Promise<Response> {
    const responses = this.#responses
    if (this.#request.acks === 0) return closeOnError(responses)
    if (this.#pending.count === 0) return this.#response()
    const { clock } = this.#broker.io
    return this.#pending.settled(clock, this.#request.timeoutMs).then(() => this.#response())
  }

  /** With where the leaders are that this node is not. */
  #response(): Response {
    const responses = this.#responses
    if (!this.#isMisled) return { responses }
    const hints = new LeaderHints(this.#broker, this.#context.listenerName)
    for (const { name, topicId, partitionResponses } of responses) {
      const ref = this.#refOf({ name, topicId })
      for (const result of partitionResponses) {
        if (asksForLeader(result.errorCode))
          result.currentLeader = hints.leaderOf(ref, result.index)
      }
    }
    return { responses, nodeEndpoints: hints.endpoints() }
  }

  #refOf({ name, topicId }: { name: string; topicId: string }): TopicRef {
    return this.#context.apiVersion >= TOPIC_IDS_SINCE ? { topicId } : { name }
  }

  #refuse(result: PartitionResult, errorCode: number, message?: string): PartitionResult {
    if (asksForLeader(errorCode)) this.#isMisled = true
    return refuse(result, errorCode, message ?? undefined)
  }

  /**
   * No transactions are served: nobody could ever end one that began here, and readers of committed records would wait for that. As Kafka
   * answers who names no transactional id, or one that the coordinator does not know.
   */
  get #transactionError(): number {
    return this.#request.transactionalId === null
      ? errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
      : errorCodes.INVALID_PRODUCER_ID_MAPPING
  }

  #produceTo(topic: TopicData, data: PartitionData): PartitionResult {
    const { acks } = this.#request
    const result: PartitionResult = {
      index: data.index,
      errorCode: 0,
      baseOffset: -1,
      logAppendTimeMs: -1,
      logStartOffset: -1,
      recordErrors: [],
      errorMessage: null,
    }
    if (!isAcks(acks)) return this.#refuse(result, errorCodes.INVALID_REQUIRED_ACKS)
    const found = findPartition(this.#broker, this.#refOf(topic), data.index)
    if (typeof found === 'number') return this.#refuse(result, found)
    if (isInternalTopic(found.topic) && this.#context.clientId !== ADMIN_CLIENT_ID) {
      return this.#refuse(result, errorCodes.INVALID_TOPIC_EXCEPTION)
    }
    const checked = checkProduced(data.records, {
      ...found.produceRules,
      nowMs: this.#broker.io.clock.wallMs(),
      zstdAllowed: this.#context.apiVersion >= ZSTD_SINCE,
    })
    this.#turnBytes += checked.decompressedBytes
    if (!checked.ok) {
      const { kind, message, recordErrors } = checked.refusal
      result.recordErrors = recordErrors.map((error) => ({
        batchIndex: error.index,
        batchIndexErrorMessage: error.message,
      }))
      return this.#refuse(result, errorOfRefusal[kind], message)
    }
    if (isTransactional(checked.batch.header)) return this.#refuse(result, this.#transactionError)
    const appended = found.append(checked.batch, acks)
    if (!appended.ok) return this.#refuse(result, appended.errorCode, appended.message)
    result.logStartOffset = found.log.logStart
    result.baseOffset = appended.baseOffset
    result.logAppendTimeMs = appended.logAppendTimeMs
    if (appended.isAcked) return result
    this.#pending.add({
      partition: found,
      acks,
      offsetEnd: appended.offsetEnd,
      done: (errorCode) => {
        if (errorCode !== 0) this.#refuse(result, errorCode)
      },
    })
    return result
  }
}

function closeOnError(responses: Response['responses']): null {
  for (const { name, partitionResponses } of responses) {
    for (const { errorCode, errorMessage: message } of partitionResponses) {
      if (errorCode !== 0) throw new WireError(`Cannot produce to ${name} with acks=0: ${message}`)
    }
  }
  return null
}

function isAcks(acks: number): acks is Acks {
  return acks === -1 || acks === 0 || acks === 1
}

function refuse(
  result: PartitionResult,
  errorCode: number,
  message = errorMessage(errorCode),
): PartitionResult {
  result.errorCode = errorCode
  result.errorMessage = message
  result.baseOffset = -1
  result.logAppendTimeMs = -1
  return result
}
