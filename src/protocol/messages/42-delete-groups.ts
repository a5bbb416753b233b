/**
 * DeleteGroups: deletes groups without members.
 *
 * - 2: flexible.
 * - 3: error messages.
 */
import { array, field, int16, int32, message, nullable, string } from '../../wire/index.ts'

export const DeleteGroupsRequest = message(
  { name: 'DeleteGroupsRequest', key: 42, versions: [0, 3], flexibleSince: 2 },
  {
    groupsNames: array(string),
  },
)

export const DeleteGroupsResponse = message(
  { name: 'DeleteGroupsResponse', key: 42, versions: [0, 3], flexibleSince: 2 },
  {
    throttleTimeMs: field(int32),
    results: array({
      groupId: string,
      errorCode: int16,
      errorMessage: field(nullable(string), { since: 3, default: null }),
    }),
  },
)
