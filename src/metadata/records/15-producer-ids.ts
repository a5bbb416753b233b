import { field, int32, int64, message } from '../../wire/index.ts'

/** A block of producer ids went to a broker: the next block begins at `nextProducerId`. */
export const ProducerIdsRecord = message(
  { name: 'ProducerIdsRecord', key: 15, versions: [0, 0], flexibleSince: 0 },
  { brokerId: int32, brokerEpoch: field(int64, { default: -1 }), nextProducerId: int64 },
)
