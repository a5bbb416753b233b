import { array, field, int32, int8, message, nullable, uuid } from '../../wire/index.ts'

/**
 * What changed in a partition: only fields that differ are on the wire. Every record raises the
 * partition epoch; one that names a leader raises the leader epoch too. Version 1 (metadata.version
 * 17) adds the log directories, 2 (23) the eligible leader replicas of KIP-966.
 */
export const PartitionChangeRecord = message(
  { name: 'PartitionChangeRecord', key: 5, versions: [0, 2], flexibleSince: 0 },
  {
    partitionId: field(int32, { default: -1 }),
    topicId: uuid,
    isr: field(nullable(array(int32)), { tag: 0, default: null }),
    /** -2: as before; -1: nobody leads now. */
    leader: field(int32, { tag: 1, default: -2 }),
    replicas: field(nullable(array(int32)), { tag: 2, default: null }),
    removingReplicas: field(nullable(array(int32)), { tag: 3, default: null }),
    addingReplicas: field(nullable(array(int32)), { tag: 4, default: null }),
    /** -1: as before; 0: recovered; 1: recovering. */
    leaderRecoveryState: field(int8, { tag: 5, default: -1 }),
    directories: field(nullable(array(uuid), 1), { since: 1, tag: 8, default: null }),
    eligibleLeaderReplicas: field(nullable(array(int32), 2), { since: 2, tag: 6, default: null }),
    lastKnownElr: field(nullable(array(int32), 2), { since: 2, tag: 7, default: null }),
  },
)
