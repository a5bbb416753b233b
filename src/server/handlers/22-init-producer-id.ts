/**
 * InitProducerId (22): a producer id for idempotent production (KIP-98, KIP-360).
 */
import { errorCodes, InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const initProducerId = defineHandler(InitProducerIdRequest, InitProducerIdResponse, {
  async handle(broker, { transactionalId, producerId, producerEpoch }) {
    // The transaction coordinator's APIs are not served, so no transactional id can be initialised here.
    if (transactionalId === '') return { errorCode: errorCodes.INVALID_REQUEST, producerEpoch: -1 }
    if (transactionalId !== null) {
      return { errorCode: errorCodes.COORDINATOR_NOT_AVAILABLE, producerEpoch: -1 }
    }
    if ((producerId === -1) !== (producerEpoch === -1)) {
      return { errorCode: errorCodes.INVALID_REQUEST, producerEpoch: -1 }
    }
    const next = await broker.producerIds.next()
    if (next === null)
      return { errorCode: errorCodes.COORDINATOR_LOAD_IN_PROGRESS, producerEpoch: -1 }
    return { errorCode: 0, producerId: next, producerEpoch: 0 }
  },
})
