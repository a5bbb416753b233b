/**
 * ElectLeaders: makes the preferred replica leader, or any replica where none in sync is left.
 *
 * - 1: unclean elections, an error for the whole response (KIP-460).
 * - 2: flexible.
 */
import { array, field, int16, int32, int8, message, nullable, string } from '../../wire/index.ts'

export const ElectLeadersRequest = message(
  { name: 'ElectLeadersRequest', key: 43, versions: [0, 2], flexibleSince: 2 },
  {
    /** 0: preferred, 1: unclean. */
    electionType: field(int8, { since: 1 }),
    /** Null: all partitions. */
    topicPartitions: nullable(array({ topic: string, partitions: array(int32) })),
    timeoutMs: field(int32, { default: 60000 }),
  },
)

export const ElectLeadersResponse = message(
  { name: 'ElectLeadersResponse', key: 43, versions: [0, 2], flexibleSince: 2 },
  {
    throttleTimeMs: field(int32),
    errorCode: field(int16, { since: 1 }),
    replicaElectionResults: array({
      topic: string,
      partitionResult: array({
        partitionId: int32,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
    }),
  },
)
