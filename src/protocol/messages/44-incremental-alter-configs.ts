/**
 * IncrementalAlterConfigs: sets, deletes, appends to and subtracts from single configuration
 * values (KIP-339).
 *
 * - 1: flexible.
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  int8,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const IncrementalAlterConfigsRequest = message(
  { name: 'IncrementalAlterConfigsRequest', key: 44, versions: [0, 1], flexibleSince: 1 },
  {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configs: array({
        name: string,
        /** 0: set, 1: delete, 2: append, 3: subtract. */
        configOperation: int8,
        value: nullable(string),
      }),
    }),
    validateOnly: bool,
  },
)

export const IncrementalAlterConfigsResponse = message(
  { name: 'IncrementalAlterConfigsResponse', key: 44, versions: [0, 1], flexibleSince: 1 },
  {
    throttleTimeMs: field(int32),
    responses: array({
      errorCode: int16,
      errorMessage: nullable(string),
      resourceType: int8,
      resourceName: string,
    }),
  },
)
