/**
 * DeleteAcls: removes the access rules that match filters, and says which.
 *
 * - 1 is the oldest served: pattern types (KIP-290).
 * - 2: flexible.
 * - 3: users as resources (KIP-373).
 */
import { array, field, int16, int32, int8, message, nullable, string } from '../../wire/index.ts'

export const DeleteAclsRequest = message(
  { name: 'DeleteAclsRequest', key: 31, versions: [1, 3], flexibleSince: 2 },
  {
    filters: array({
      resourceTypeFilter: int8,
      resourceNameFilter: nullable(string),
      patternTypeFilter: field(int8, { default: 3 }),
      principalFilter: nullable(string),
      hostFilter: nullable(string),
      operation: int8,
      permissionType: int8,
    }),
  },
)

export const DeleteAclsResponse = message(
  { name: 'DeleteAclsResponse', key: 31, versions: [1, 3], flexibleSince: 2 },
  {
    throttleTimeMs: field(int32),
    filterResults: array({
      errorCode: int16,
      errorMessage: nullable(string),
      matchingAcls: array({
        errorCode: int16,
        errorMessage: nullable(string),
        resourceType: int8,
        resourceName: string,
        patternType: field(int8, { default: 3 }),
        principal: string,
        host: string,
        operation: int8,
        permissionType: int8,
      }),
    }),
  },
)
