/**
 * FindCoordinator: which broker coordinates a group, a transaction or a share partition.
 *
 * - 1: key types, error messages.
 * - 3: flexible.
 * - 4: several keys at once, each with its own answer (KIP-699).
 * - 5: TRANSACTION_ABORTABLE may be answered (KIP-890).
 * - 6: share groups; their key is `groupId:topicId:partition` (KIP-932).
 */
import { array, field, int16, int32, int8, message, nullable, string } from '../../wire/index.ts'

export const FindCoordinatorRequest = message(
  { name: 'FindCoordinatorRequest', key: 10, versions: [0, 6], flexibleSince: 3 },
  {
    key: field(string, { until: 3 }),
    /** 0: group, 1: transaction, 2: share partition. */
    keyType: field(int8, { since: 1 }),
    coordinatorKeys: field(array(string), { since: 4 }),
  },
)

export const FindCoordinatorResponse = message(
  { name: 'FindCoordinatorResponse', key: 10, versions: [0, 6], flexibleSince: 3 },
  {
    throttleTimeMs: field(int32, { since: 1 }),
    errorCode: field(int16, { until: 3 }),
    errorMessage: field(nullable(string), { since: 1, until: 3 }),
    nodeId: field(int32, { until: 3 }),
    host: field(string, { until: 3 }),
    port: field(int32, { until: 3 }),
    coordinators: field(
      array({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
      { since: 4 },
    ),
  },
)
