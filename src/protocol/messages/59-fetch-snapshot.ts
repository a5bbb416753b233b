/**
 * FetchSnapshot: a piece of a snapshot of a quorum's log (KIP-630).
 *
 * - 1: directory id of the sender, and where the leader listens (KIP-853).
 */
import { INT32_MAX } from '../../base/index.ts'
import {
  array,
  field,
  int16,
  int32,
  int64,
  message,
  nullable,
  requiredRecords,
  string,
  struct,
  uint16,
  uuid,
} from '../../wire/index.ts'

export const FetchSnapshotRequest = message(
  { name: 'FetchSnapshotRequest', key: 59, versions: [0, 1], flexibleSince: 0 },
  {
    clusterId: field(nullable(string), { tag: 0, default: null }),
    replicaId: field(int32, { default: -1 }),
    maxBytes: field(int32, { default: INT32_MAX }),
    topics: array({
      name: string,
      partitions: array({
        partition: int32,
        currentLeaderEpoch: int32,
        snapshotId: struct({ endOffset: int64, epoch: int32 }),
        position: int64,
        replicaDirectoryId: field(uuid, { since: 1, tag: 0 }),
      }),
    }),
  },
)

export const FetchSnapshotResponse = message(
  { name: 'FetchSnapshotResponse', key: 59, versions: [0, 1], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    topics: array({
      name: string,
      partitions: array({
        index: int32,
        errorCode: int16,
        snapshotId: struct({ endOffset: int64, epoch: int32 }),
        currentLeader: field(struct({ leaderId: int32, leaderEpoch: int32 }), { tag: 0 }),
        size: int64,
        position: int64,
        unalignedRecords: requiredRecords,
      }),
    }),
    nodeEndpoints: field(array({ nodeId: int32, host: string, port: uint16 }), {
      since: 1,
      tag: 0,
    }),
  },
)
