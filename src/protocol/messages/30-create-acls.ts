/**
 * CreateAcls: adds access rules.
 *
 * - 1 is the oldest served: pattern types (KIP-290).
 * - 2: flexible.
 * - 3: users as resources (KIP-373).
 */
import { array, field, int16, int32, int8, message, nullable, string } from '../../wire/index.ts'

export const CreateAclsRequest = message(
  { name: 'CreateAclsRequest', key: 30, versions: [1, 3], flexibleSince: 2 },
  {
    creations: array({
      resourceType: int8,
      resourceName: string,
      resourcePatternType: field(int8, { default: 3 }),
      principal: string,
      host: string,
      operation: int8,
      permissionType: int8,
    }),
  },
)

export const CreateAclsResponse = message(
  { name: 'CreateAclsResponse', key: 30, versions: [1, 3], flexibleSince: 2 },
  {
    throttleTimeMs: field(int32),
    results: array({ errorCode: int16, errorMessage: nullable(string) }),
  },
)
