import { int32, int64, message } from '../../wire/index.ts'

/** A broker left the cluster for good. */
export const UnregisterBrokerRecord = message(
  { name: 'UnregisterBrokerRecord', key: 1, versions: [0, 0], flexibleSince: 0 },
  { brokerId: int32, brokerEpoch: int64 },
)
