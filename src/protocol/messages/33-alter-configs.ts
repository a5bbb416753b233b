/**
 * AlterConfigs: replaces the whole dynamic configuration of resources. IncrementalAlterConfigs is
 * its successor.
 *
 * - 2: flexible.
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

export const AlterConfigsRequest = message(
  { name: 'AlterConfigsRequest', key: 33, versions: [0, 2], flexibleSince: 2 },
  {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configs: array({ name: string, value: nullable(string) }),
    }),
    validateOnly: bool,
  },
)

export const AlterConfigsResponse = message(
  { name: 'AlterConfigsResponse', key: 33, versions: [0, 2], flexibleSince: 2 },
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
