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

/**
 * A broker process joined the cluster. The record's offset is the broker's epoch, and until the broker
 * is caught up it stands fenced. Version 1 (metadata.version 7) adds the controlled shutdown, 2 the
 * ZooKeeper migration flag (never set since 4.0), 3 the log directories, 4 which of them are cordoned.
 */
export const RegisterBrokerRecord = message(
  { name: 'RegisterBrokerRecord', key: 0, versions: [0, 4], flexibleSince: 0 },
  {
    brokerId: int32,
    isMigratingZkBroker: field(bool, { since: 2 }),
    /** Drawn at random by each process; tells a retry from a second process with the same id. */
    incarnationId: uuid,
    brokerEpoch: int64,
    endPoints: array({ name: string, host: string, port: uint16, securityProtocol: int16 }),
    /** Every finalized feature must lie within the broker's range. */
    features: array({ name: string, minSupportedVersion: int16, maxSupportedVersion: int16 }),
    rack: nullable(string),
    fenced: field(bool, { default: true }),
    inControlledShutdown: field(bool, { since: 1 }),
    /** Ids of the log directories that are online. */
    logDirs: field(array(uuid), { since: 3, tag: 0 }),
    /** Directories that take no new replicas; null until the broker has said so in a heartbeat. */
    cordonedLogDirs: field(nullable(array(uuid), 4), { since: 4, tag: 1, default: null }),
  },
)
