/**
 * BrokerHeartbeat: a broker is alive, and learns whether it is fenced and may shut down
 * (KIP-631).
 *
 * - 1: log directories that have failed (KIP-858).
 * - 2: log directories that take no new replicas.
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
  uuid,
} from '../../wire/index.ts'

export const BrokerHeartbeatRequest = message(
  { name: 'BrokerHeartbeatRequest', key: 63, versions: [0, 2], flexibleSince: 0 },
  {
    brokerId: int32,
    brokerEpoch: field(int64, { default: -1 }),
    /** The last metadata record that the broker has applied. */
    currentMetadataOffset: int64,
    wantFence: bool,
    wantShutDown: bool,
    offlineLogDirs: field(array(uuid), { since: 1, tag: 0 }),
    cordonedLogDirs: field(nullable(array(uuid)), { since: 2, tag: 1, default: null }),
  },
)

export const BrokerHeartbeatResponse = message(
  { name: 'BrokerHeartbeatResponse', key: 63, versions: [0, 2], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    isCaughtUp: field(bool),
    isFenced: field(bool, { default: true }),
    shouldShutDown: bool,
  },
)
