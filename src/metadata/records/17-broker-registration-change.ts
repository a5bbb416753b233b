import { array, field, int32, int64, int8, message, nullable, uuid } from '../../wire/index.ts'

/**
 * What changed in a broker's registration. Written at the lowest version that can say it: 0 for fencing,
 * 1 for controlled shutdown, 2 for log directories, 3 for cordoned ones.
 */
export const BrokerRegistrationChangeRecord = message(
  { name: 'BrokerRegistrationChangeRecord', key: 17, versions: [0, 3], flexibleSince: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64,
    /** 1: fenced now; -1: alive now; 0: as before. */
    fenced: field(int8, { tag: 0 }),
    /** 1: shutting down now; 0: as before. */
    inControlledShutdown: field(int8, { since: 1, tag: 1 }),
    /** The directories that are online now; empty: as before. */
    logDirs: field(array(uuid), { since: 2, tag: 2 }),
    /** null: as before. */
    cordonedLogDirs: field(nullable(array(uuid), 3), { since: 3, tag: 3, default: null }),
  },
)
