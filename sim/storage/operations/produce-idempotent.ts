import { errorCodes, ProduceRequest, ProduceResponse } from '../../../src/protocol/index.ts'
import { encodeBatch } from '../batch.ts'
import { defineOperation } from '../operation.ts'
import type { BatchShadow } from '../partition-shadow.ts'
import { enterProduced, isStillThere, pickPartition, sampleBatch } from '../producing.ts'
import type { Target } from '../producing.ts'
import type { IdempotentProducer, ProducerLane } from '../idempotent-producer.ts'

interface Input {
  readonly producer: IdempotentProducer
  readonly lane: ProducerLane
  readonly batch: BatchShadow
}

/** Sends the next batch of a producer, or again the one whose fate is open: as often as it takes, across restarts. */
export const produceIdempotent = defineOperation({
  name: 'produce idempotent',
  weight: 8,
  request: ProduceRequest,
  response: ProduceResponse,
  sample({ shadow, prng, client }): Input | null {
    const producer = prng.pick(shadow.producers)
    if (producer.sender === null) return null
    const lane = producer.openLane() ?? newLane(producer, pickPartition(shadow, prng))
    if (lane === null || lane.isBusy) return null
    lane.isBusy = true
    if (lane.open === null) {
      const timestampMs = client.process.io.clock.wallMs()
      const sent = sampleBatch(shadow, prng, timestampMs, producer.sender, lane.nextSequence)
      lane.open = lane.target.partition.sending(sent)
    } else {
      lane.open.isRetried = true
    }
    return { producer, lane, batch: lane.open }
  },
  build({ lane: { target }, batch }) {
    const partitionData = [{ index: target.index, records: encodeBatch(batch.sent) }]
    const { name, id: topicId } = target.topic
    return { acks: -1, timeoutMs: 10_000, topicData: [{ name, topicId, partitionData }] }
  },
  predict(shadow, { producer, lane, batch }, reply) {
    lane.isBusy = false
    if (!isStillThere(lane.target)) {
      producer.forget(lane)
      return
    }
    if (reply.kind !== 'answer') return
    const errorCode = enterProduced(shadow, lane.target, batch, reply.answer)
    if (errorCode === 0) {
      lane.open = null
      lane.nextSequence += batch.sent.count
    } else if (BEGINS_ANEW.has(errorCode)) {
      producer.reset()
    } else if (batch.fate === 'refused') {
      lane.open = null
    }
  },
})

/** The partition lost what the producer knows it wrote, or whether it wrote cannot be learned: it goes on under another id. */
const BEGINS_ANEW: ReadonlySet<number> = new Set([
  errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER,
  errorCodes.INVALID_TIMESTAMP,
])

function newLane(producer: IdempotentProducer, target: Target | null): ProducerLane | null {
  return target === null ? null : producer.lane(target)
}
