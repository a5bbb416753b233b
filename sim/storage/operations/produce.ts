import { ProduceRequest, ProduceResponse } from '../../../src/protocol/index.ts'
import { encodeBatch } from '../batch.ts'
import { defineOperation } from '../operation.ts'
import type { BatchShadow } from '../partition-shadow.ts'
import { enterProduced, isStillThere, pickPartition, sampleBatch } from '../producing.ts'
import type { Target } from '../producing.ts'

interface Input extends Target {
  readonly batch: BatchShadow
  readonly acks: number
}

/** Sends one batch, once: when no answer comes, its fate stays open. */
export const produce = defineOperation({
  name: 'produce',
  weight: 6,
  request: ProduceRequest,
  response: ProduceResponse,
  sample({ shadow, prng, client }): Input | null {
    const target = pickPartition(shadow, prng)
    if (target === null) return null
    const sent = sampleBatch(shadow, prng, client.process.io.clock.wallMs(), null, -1)
    return { ...target, batch: target.partition.sending(sent), acks: prng.pick([-1, -1, 1]) }
  },
  build: ({ topic, index, batch, acks }) => ({
    acks,
    timeoutMs: 10_000,
    topicData: [
      {
        name: topic.name,
        topicId: topic.id,
        partitionData: [{ index, records: encodeBatch(batch.sent) }],
      },
    ],
  }),
  predict(shadow, input, reply) {
    if (reply.kind === 'notSent') input.batch.fate = 'refused'
    if (reply.kind === 'answer' && isStillThere(input)) {
      enterProduced(shadow, input, input.batch, reply.answer)
    }
  },
})
