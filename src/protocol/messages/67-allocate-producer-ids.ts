/**
 * AllocateProducerIds: a broker gets a block of producer ids from the controller (KIP-730).
 */
import { field, int16, int32, int64, message } from '../../wire/index.ts'

export const AllocateProducerIdsRequest = message(
  { name: 'AllocateProducerIdsRequest', key: 67, versions: [0, 0], flexibleSince: 0 },
  {
    brokerId: int32,
    brokerEpoch: field(int64, { default: -1 }),
  },
)

export const AllocateProducerIdsResponse = message(
  { name: 'AllocateProducerIdsResponse', key: 67, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    producerIdStart: int64,
    producerIdLen: int32,
  },
)
