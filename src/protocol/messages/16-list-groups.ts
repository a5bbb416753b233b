/**
 * ListGroups: the groups that this broker coordinates.
 *
 * - 3: flexible.
 * - 4: filter by state, and the state of each group (KIP-518).
 * - 5: filter by type, and the type of each group (KIP-848).
 */
import { array, field, int16, int32, message, string } from '../../wire/index.ts'

export const ListGroupsRequest = message(
  { name: 'ListGroupsRequest', key: 16, versions: [0, 5], flexibleSince: 3 },
  {
    statesFilter: field(array(string), { since: 4 }),
    typesFilter: field(array(string), { since: 5 }),
  },
)

export const ListGroupsResponse = message(
  { name: 'ListGroupsResponse', key: 16, versions: [0, 5], flexibleSince: 3 },
  {
    throttleTimeMs: field(int32, { since: 1 }),
    errorCode: int16,
    groups: array({
      groupId: string,
      protocolType: string,
      groupState: field(string, { since: 4 }),
      groupType: field(string, { since: 5 }),
    }),
  },
)
