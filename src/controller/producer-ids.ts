import { metadataRecord } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { AllocateProducerIdsRequest, AllocateProducerIdsResponse } from '../protocol/index.ts'
import { brokerEpochError } from './broker-epoch.ts'
import type { Decision, RequestOf, ResponseOf } from './decision.ts'

/** Producer ids that a broker gets at a time (ProducerIdsBlock in Apache Kafka). */
export const PRODUCER_ID_BLOCK_SIZE = 1000

type Response = ResponseOf<typeof AllocateProducerIdsResponse>

/** Gives the broker the next block of producer ids. No id is ever given twice, used or not. */
export function allocateProducerIds(
  image: MetadataImage,
  request: RequestOf<typeof AllocateProducerIdsRequest>,
): Decision<Response> {
  const errorCode = brokerEpochError(image.cluster, request.brokerId, request.brokerEpoch)
  if (errorCode !== errorCodes.NONE) return { records: [], response: refuseProducerIds(errorCode) }
  const start = image.producerIds.next
  if (start > Number.MAX_SAFE_INTEGER - PRODUCER_ID_BLOCK_SIZE) {
    return { records: [], response: refuseProducerIds(errorCodes.UNKNOWN_SERVER_ERROR) }
  }
  const record = metadataRecord('producerIds', {
    brokerId: request.brokerId,
    brokerEpoch: request.brokerEpoch,
    nextProducerId: start + PRODUCER_ID_BLOCK_SIZE,
  })
  const response = {
    errorCode: errorCodes.NONE,
    producerIdStart: start,
    producerIdLen: PRODUCER_ID_BLOCK_SIZE,
  }
  return { records: [record], response }
}

export function refuseProducerIds(errorCode: number): Response {
  return { errorCode, producerIdStart: -1, producerIdLen: 0 }
}
