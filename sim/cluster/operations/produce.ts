import { errorCodes, ProduceRequest, ProduceResponse } from '../../../src/protocol/index.ts'
import type { Decoded, Draft } from '../../../src/wire/index.ts'
import { encodeBatch } from '../../storage/batch.ts'
import type { Sender, SentBatch } from '../../storage/batch.ts'
import type { BatchShadow } from '../../storage/partition-shadow.ts'
import { checkTrouble, defineOperation } from '../operation.ts'
import type { Sampling } from '../operation.ts'
import type { Producer, ProducerLane } from '../producer.ts'
import type { ClusterShadow, Target } from '../shadow.ts'

interface Input {
  readonly target: Target
  readonly batch: BatchShadow
  readonly acks: number
}

/** Sends one batch, once: when no answer comes, its fate stays open. With acks=1 it stays open in any case. */
export const produce = defineOperation({
  name: 'produce',
  weight: 6,
  request: ProduceRequest,
  response: ProduceResponse,
  sample({ shadow, prng, client }): Input | null {
    const target = pickLed(shadow, prng)
    if (target === null) return null
    const sent = sampleBatch({ shadow, prng, client }, null, -1)
    return { target, batch: target.partition.sending(sent), acks: prng.pick([-1, -1, -1, 1]) }
  },
  nodeId: ({ target }, { shadow, prng }) =>
    // Now and then to one who may not lead, or no longer.
    prng.chance(0.1) ? prng.pick(shadow.nodeIds) : target.leadership.leaderId,
  build: ({ target, batch, acks }) => produceOf(target, batch, acks),
  predict(_shadow, { target, batch, acks }, reply) {
    if (reply.kind === 'notSent') batch.fate = 'refused'
    if (reply.kind !== 'answer') return
    const { errorCode, baseOffset } = producedOf(reply.answer)
    if (errorCode !== 0) checkRefusal('Produce', errorCode)
    else if (acks === -1) target.partition.acked(batch, baseOffset)
  },
})

interface IdempotentInput {
  readonly producer: Producer
  readonly lane: ProducerLane
  readonly target: Target
  readonly batch: BatchShadow
}

/** Sends the next batch of a producer, or again the one whose fate is open: as often as it takes, to whoever leads. */
export const produceIdempotent = defineOperation({
  name: 'produce idempotent',
  weight: 8,
  request: ProduceRequest,
  response: ProduceResponse,
  sample(sampling): IdempotentInput | null {
    const { shadow, prng } = sampling
    const producer = prng.pick(shadow.producers)
    if (producer.sender === null) return null
    const led = shadow.targets().filter(({ leadership }) => leadership.leaderId >= 0)
    const open = led.find(({ partition }) => {
      const lane = producer.lane(partition)
      return lane.open !== null && !lane.isBusy
    })
    const target = open ?? (led.length === 0 ? null : prng.pick(led))
    if (target === null) return null
    const lane = producer.lane(target.partition)
    if (lane.isBusy) return null
    lane.isBusy = true
    if (lane.open === null) {
      const sent = sampleBatch(sampling, producer.sender, lane.nextSequence)
      lane.open = target.partition.sending(sent)
    } else {
      lane.open.isRetried = true
    }
    return { producer, lane, target, batch: lane.open }
  },
  nodeId: ({ target }) => target.leadership.leaderId,
  build: ({ target, batch }) => produceOf(target, batch, -1),
  predict(_shadow, { producer, lane, target, batch }, reply) {
    lane.isBusy = false
    if (reply.kind !== 'answer') return
    const { errorCode, baseOffset } = producedOf(reply.answer)
    if (errorCode === 0) {
      target.partition.acked(batch, baseOffset)
      lane.open = null
      lane.nextSequence += batch.sent.count
    } else if (errorCode === errorCodes.INVALID_TIMESTAMP) {
      producer.reset()
    } else {
      checkRefusal('Produce of a producer with an id', errorCode)
    }
  },
})

function pickLed(shadow: ClusterShadow, prng: Sampling['prng']): Target | null {
  const led = shadow.targets().filter(({ leadership }) => leadership.leaderId >= 0)
  return led.length === 0 ? null : prng.pick(led)
}

function sampleBatch(
  { shadow, prng, client }: Sampling,
  sender: Sender | null,
  baseSequence: number,
): SentBatch {
  return {
    id: shadow.newBatchId(),
    count: prng.pick([1, 1, 2, 5, 20]),
    valueBytes: prng.pick([30, 100, 1_000]),
    codec: prng.pick(['uncompressed', 'uncompressed', 'lz4']),
    timestampMs: client.process.io.clock.wallMs(),
    sender,
    baseSequence,
  }
}

function produceOf(
  { topic, id, index }: Target,
  { sent }: BatchShadow,
  acks: number,
): Draft<typeof ProduceRequest> {
  const partitionData = [{ index, records: encodeBatch(sent) }]
  return { acks, timeoutMs: 8_000, topicData: [{ name: topic.name, topicId: id, partitionData }] }
}

function producedOf(answer: Decoded<typeof ProduceResponse>): {
  readonly errorCode: number
  readonly baseOffset: number
} {
  const found = answer.responses[0]?.partitionResponses[0]
  return found ?? { errorCode: errorCodes.UNKNOWN_SERVER_ERROR, baseOffset: -1 }
}

/** The fate of the batch stays open: also those errors come after an append. */
function checkRefusal(operation: string, errorCode: number): void {
  if (errorCode !== errorCodes.INVALID_TIMESTAMP) checkTrouble(operation, errorCode)
}
