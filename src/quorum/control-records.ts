import {
  field,
  array,
  int16,
  int32,
  int64,
  message,
  string,
  struct,
  uint16,
  uuid,
} from '../wire/index.ts'
import type { Decoded } from '../wire/index.ts'
import { ZERO_UUID } from '../base/index.ts'

/**
 * Control records of the metadata log and its snapshots (ControlRecordType and the message schemas of Apache Kafka's clients
 * module). Each value begins with its own version, which is also the version of its encoding.
 */
export const controlTypes = {
  leaderChange: 2,
  snapshotHeader: 3,
  snapshotFooter: 4,
  kraftVersion: 5,
  kraftVoters: 6,
} as const

const leaderChangeVoter = {
  voterId: int32,
  voterDirectoryId: field(uuid, { since: 1, default: ZERO_UUID }),
}

/** First record of an epoch: who leads it. Apache Kafka writes version 0, without directory ids. */
export const LeaderChangeMessage = message(
  { name: 'LeaderChangeMessage', versions: [0, 1], flexibleSince: 0 },
  {
    version: int16,
    leaderId: int32,
    voters: array(leaderChangeVoter),
    grantingVoters: array(leaderChangeVoter),
  },
)

/** First record of a snapshot. */
export const SnapshotHeaderRecord = message(
  { name: 'SnapshotHeaderRecord', versions: [0, 0], flexibleSince: 0 },
  { version: int16, lastContainedLogTimestamp: int64 },
)

/** Last record of a snapshot: without it the file is not whole. */
export const SnapshotFooterRecord = message(
  { name: 'SnapshotFooterRecord', versions: [0, 0], flexibleSince: 0 },
  { version: int16 },
)

/** The finalized level of `kraft.version`; it is not a feature record. */
export const KRaftVersionRecord = message(
  { name: 'KRaftVersionRecord', versions: [0, 0], flexibleSince: 0 },
  { version: int16, kRaftVersion: int16 },
)

/** The whole voter set (KIP-853). The latest one counts as soon as it is appended. */
export const VotersRecord = message(
  { name: 'VotersRecord', versions: [0, 0], flexibleSince: 0 },
  {
    version: int16,
    voters: array({
      voterId: int32,
      voterDirectoryId: uuid,
      endpoints: array({ name: string, host: string, port: uint16 }),
      kRaftVersionFeature: struct({ minSupportedVersion: int16, maxSupportedVersion: int16 }),
    }),
  },
)
export type VotersRecordValue = Decoded<typeof VotersRecord>
