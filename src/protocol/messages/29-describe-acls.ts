/**
 * DescribeAcls: the access rules that match a filter.
 *
 * - 1 is the oldest served: pattern types (KIP-290).
 * - 2: flexible.
 * - 3: users as resources (KIP-373).
 */
import { array, field, int16, int32, int8, message, nullable, string } from '../../wire/index.ts'

export const DescribeAclsRequest = message(
  { name: 'DescribeAclsRequest', key: 29, versions: [1, 3], flexibleSince: 2 },
  {
    resourceTypeFilter: int8,
    resourceNameFilter: nullable(string),
    patternTypeFilter: field(int8, { default: 3 }),
    principalFilter: nullable(string),
    hostFilter: nullable(string),
    operation: int8,
    permissionType: int8,
  },
)

export const DescribeAclsResponse = message(
  { name: 'DescribeAclsResponse', key: 29, versions: [1, 3], flexibleSince: 2 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: nullable(string),
    resources: array({
      resourceType: int8,
      resourceName: string,
      patternType: field(int8, { default: 3 }),
      acls: array({
        principal: string,
        host: string,
        operation: int8,
        permissionType: int8,
      }),
    }),
  },
)
