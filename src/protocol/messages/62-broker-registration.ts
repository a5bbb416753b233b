/**
 * BrokerRegistration: a broker reports to the controller after its start and gets its epoch
 * (KIP-631).
 *
 * - 1: migration from ZooKeeper, of no use any more.
 * - 2: ids of the log directories (KIP-858).
 * - 3: the epoch before a clean shutdown (KIP-966).
 * - 4: supported features may begin at version 0 (KAFKA-17011).
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  uint16,
  uuid,
} from '../../wire/index.ts'

export const BrokerRegistrationRequest = message(
  { name: 'BrokerRegistrationRequest', key: 62, versions: [0, 4], flexibleSince: 0 },
  {
    brokerId: int32,
    clusterId: string,
    incarnationId: uuid,
    listeners: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
    rack: nullable(string),
    isMigratingZkBroker: field(bool, { since: 1 }),
    logDirs: field(array(uuid), { since: 2 }),
    previousBrokerEpoch: field(int64, { since: 3, default: -1 }),
  },
)

export const BrokerRegistrationResponse = message(
  { name: 'BrokerRegistrationResponse', key: 62, versions: [0, 4], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    brokerEpoch: field(int64, { default: -1 }),
  },
)
