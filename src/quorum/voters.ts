import { ZERO_UUID } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import type { VotersRecordValue } from './control-records.ts'

export interface VoterEndpoint {
  /** Listener name, e.g. `CONTROLLER`. */
  readonly name: string
  readonly host: string
  readonly port: number
}

/** One member of the quorum. With kraft.version 0 directory ids are not known: {@link ZERO_UUID}. */
export interface Voter {
  readonly id: number
  readonly directoryId: Uuid
  readonly endpoints: readonly VoterEndpoint[]
  readonly kraftVersionMin: number
  readonly kraftVersionMax: number
}

export type VoterSet = readonly Voter[]

/** Who somebody is to the quorum: id and directory id, because a node with a fresh disk is another replica (KIP-853). */
export interface ReplicaKey {
  readonly id: number
  readonly directoryId: Uuid
}

/** kraft.version levels that this implementation speaks. */
export const KRAFT_VERSION_MIN = 0
export const KRAFT_VERSION_MAX = 1

export function votersFromRecord(record: VotersRecordValue): VoterSet {
  return record.voters.map((voter) => ({
    id: voter.voterId,
    directoryId: voter.voterDirectoryId,
    endpoints: voter.endpoints,
    kraftVersionMin: voter.kRaftVersionFeature.minSupportedVersion,
    kraftVersionMax: voter.kRaftVersionFeature.maxSupportedVersion,
  }))
}

export function votersToRecord(voters: VoterSet): VotersRecordValue {
  return {
    version: 0,
    voters: voters.map((voter) => ({
      voterId: voter.id,
      voterDirectoryId: voter.directoryId,
      endpoints: voter.endpoints.map(({ name, host, port }) => ({ name, host, port })),
      kRaftVersionFeature: {
        minSupportedVersion: voter.kraftVersionMin,
        maxSupportedVersion: voter.kraftVersionMax,
      },
    })),
  }
}

/** True when `key` is a member; an unknown directory id (kraft.version 0) matches any. */
export function isVoter(voters: VoterSet, key: ReplicaKey): boolean {
  return voters.some(
    ({ id, directoryId }) =>
      id === key.id && (directoryId === key.directoryId || directoryId === ZERO_UUID),
  )
}

/**
 * The highest end that a majority of `ends` has reached: every element of the result's prefix is on more than half of the voters.
 *
 * @param ends one exclusive end offset per voter, in any order; at least one
 */
export function majorityEnd(ends: readonly number[]): number {
  const descending = ends.toSorted((a, b) => b - a)
  return descending[Math.floor(ends.length / 2)] as number
}

/** True when `count` of `voters` are more than half. */
export function isMajority(count: number, voters: VoterSet): boolean {
  return count > voters.length / 2
}

/** Literal equality, as Apache Kafka compares endpoints: an address is not resolved first. */
export function sameEndpoints(a: readonly VoterEndpoint[], b: readonly VoterEndpoint[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, host, port }) =>
      b.some((other) => other.name === name && other.host === host && other.port === port),
    )
  )
}
