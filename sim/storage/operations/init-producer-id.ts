import { InitProducerIdRequest, InitProducerIdResponse } from '../../../src/protocol/index.ts'
import type { IdempotentProducer } from '../idempotent-producer.ts'
import { checkExcuse, defineOperation } from '../operation.ts'

/** Gets a producer an id. No two may ever get the same. */
export const initProducerId = defineOperation({
  name: 'init producer id',
  weight: 4,
  request: InitProducerIdRequest,
  response: InitProducerIdResponse,
  sample({ shadow }): IdempotentProducer | null {
    const producer = shadow.producers.find(({ sender, isAsking }) => sender === null && !isAsking)
    if (producer === undefined) return null
    producer.isAsking = true
    return producer
  },
  build: () => ({ transactionalId: null, transactionTimeoutMs: 60_000 }),
  predict(shadow, producer, reply) {
    producer.isAsking = false
    if (reply.kind !== 'answer') return
    const { errorCode, producerId, producerEpoch } = reply.answer
    if (errorCode !== 0) {
      checkExcuse(shadow, null, 'InitProducerId', errorCode)
      return
    }
    shadow.claimProducerId(producerId)
    producer.sender = { producerId, producerEpoch }
  },
})
