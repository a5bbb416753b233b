/**
 * UnregisterBroker: removes a broker that will not come back (KIP-631).
 */
import { field, int16, int32, message, nullable, string } from '../../wire/index.ts'

export const UnregisterBrokerRequest = message(
  { name: 'UnregisterBrokerRequest', key: 64, versions: [0, 0], flexibleSince: 0 },
  {
    brokerId: int32,
  },
)

export const UnregisterBrokerResponse = message(
  { name: 'UnregisterBrokerResponse', key: 64, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: nullable(string),
  },
)
