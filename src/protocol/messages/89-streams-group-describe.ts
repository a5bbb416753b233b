/**
 * StreamsGroupDescribe: state, members, tasks and topology of streams groups (KIP-1071).
 *
 * - 1: the description of the topology (KIP-1331), the assignor (KIP-1357).
 */
import { INT32_MIN } from '../../base/index.ts'
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
  struct,
} from '../../wire/index.ts'
import {
  endpoint,
  keyValue,
  taskIds,
  taskOffset,
  topicInfo,
  topologyDescription,
} from './streams-shapes.ts'

const assignment = {
  activeTasks: array(taskIds),
  standbyTasks: array(taskIds),
  warmupTasks: array(taskIds),
}

export const StreamsGroupDescribeRequest = message(
  { name: 'StreamsGroupDescribeRequest', key: 89, versions: [0, 1], flexibleSince: 0 },
  {
    groupIds: array(string),
    includeAuthorizedOperations: bool,
    includeTopologyDescription: field(bool, { since: 1 }),
  },
)

export const StreamsGroupDescribeResponse = message(
  { name: 'StreamsGroupDescribeResponse', key: 89, versions: [0, 1], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    groups: array({
      errorCode: int16,
      errorMessage: field(nullable(string), { default: null }),
      groupId: string,
      groupState: string,
      groupEpoch: int32,
      assignmentEpoch: int32,
      topology: field(
        nullable(
          struct({
            epoch: int32,
            subtopologies: field(
              nullable(
                array({
                  subtopologyId: string,
                  sourceTopics: array(string),
                  repartitionSinkTopics: array(string),
                  stateChangelogTopics: array(topicInfo),
                  repartitionSourceTopics: array(topicInfo),
                }),
              ),
              { default: null },
            ),
          }),
        ),
        { default: null },
      ),
      members: array({
        memberId: string,
        memberEpoch: int32,
        instanceId: field(nullable(string), { default: null }),
        rackId: field(nullable(string), { default: null }),
        clientId: string,
        clientHost: string,
        topologyEpoch: int32,
        processId: string,
        userEndpoint: field(nullable(struct(endpoint)), { default: null }),
        clientTags: array(keyValue),
        taskOffsets: array(taskOffset),
        taskEndOffsets: array(taskOffset),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        isClassic: bool,
      }),
      authorizedOperations: field(int32, { default: INT32_MIN }),
      topologyDescription: field(nullable(struct(topologyDescription)), {
        since: 1,
        default: null,
      }),
      topologyDescriptionStatus: field(int8, { since: 1 }),
      assignorName: field(nullable(string), { since: 1, default: null }),
    }),
  },
)
