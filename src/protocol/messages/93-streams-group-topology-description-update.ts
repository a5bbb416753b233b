/**
 * StreamsGroupTopologyDescriptionUpdate: a member describes the topology of its streams group
 * (KIP-1331).
 */
import { field, int16, int32, message, nullable, string, struct } from '../../wire/index.ts'
import { topologyDescription } from './streams-shapes.ts'

export const StreamsGroupTopologyDescriptionUpdateRequest = message(
  {
    name: 'StreamsGroupTopologyDescriptionUpdateRequest',
    key: 93,
    versions: [0, 0],
    flexibleSince: 0,
  },
  {
    groupId: string,
    memberId: string,
    topologyEpoch: int32,
    topologyDescription: struct(topologyDescription),
  },
)

export const StreamsGroupTopologyDescriptionUpdateResponse = message(
  {
    name: 'StreamsGroupTopologyDescriptionUpdateResponse',
    key: 93,
    versions: [0, 0],
    flexibleSince: 0,
  },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: field(nullable(string), { default: null }),
  },
)
