import { array, field, int32, int8, message, nullable, uuid } from '../../wire/index.ts'

/**
 * The whole state of a partition, written when it is created and into snapshots. Version 1
 * (metadata.version 17) adds the log directories, 2 (23) the eligible leader replicas of KIP-966.
 */
export const PartitionRecord = message(
  { name: 'PartitionRecord', key: 3, versions: [0, 2], flexibleSince: 0 },
  {
    partitionId: field(int32, { default: -1 }),
    topicId: uuid,
    /** Preferred leader first. */
    replicas: array(int32),
    isr: array(int32),
    removingReplicas: array(int32),
    addingReplicas: array(int32),
    /** -1: nobody leads. */
    leader: field(int32, { default: -1 }),
    /** 1 while the leader still recovers from an unclean election, else 0. */
    leaderRecoveryState: field(int8, { tag: 0, default: 0 }),
    leaderEpoch: field(int32, { default: -1 }),
    partitionEpoch: field(int32, { default: -1 }),
    /** The log directory of each replica, in the order of `replicas`. */
    directories: field(array(uuid), { since: 1 }),
    eligibleLeaderReplicas: field(nullable(array(int32), 2), { since: 2, tag: 1, default: null }),
    lastKnownElr: field(nullable(array(int32), 2), { since: 2, tag: 2, default: null }),
  },
)
