/**
 * StreamsGroupHeartbeat: joins, stays in and leaves a streams group; tasks come with the answers
 * (KIP-1071).
 *
 * - 1: the broker may ask for the description of the topology (KIP-1331).
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  int64,
  int8,
  message,
  nullable,
  string,
  struct,
} from '../../wire/index.ts'
import { endpoint, keyValue, taskIds, taskOffset, topicInfo } from './streams-shapes.ts'

const status = { statusCode: int8, statusDetail: string }

const topicPartition = { topic: string, partitions: array(int32) }

export const StreamsGroupHeartbeatRequest = message(
  { name: 'StreamsGroupHeartbeatRequest', key: 88, versions: [0, 1], flexibleSince: 0 },
  {
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    endpointInformationEpoch: int32,
    instanceId: field(nullable(string), { default: null }),
    rackId: field(nullable(string), { default: null }),
    rebalanceTimeoutMs: field(int32, { default: -1 }),
    topology: field(
      nullable(
        struct({
          epoch: int32,
          subtopologies: array({
            subtopologyId: string,
            sourceTopics: array(string),
            sourceTopicRegex: array(string),
            stateChangelogTopics: array(topicInfo),
            repartitionSinkTopics: array(string),
            repartitionSourceTopics: array(topicInfo),
            copartitionGroups: array({
              sourceTopics: array(int16),
              sourceTopicRegex: array(int16),
              repartitionSourceTopics: array(int16),
            }),
          }),
        }),
      ),
      { default: null },
    ),
    activeTasks: field(nullable(array(taskIds)), { default: null }),
    standbyTasks: field(nullable(array(taskIds)), { default: null }),
    warmupTasks: field(nullable(array(taskIds)), { default: null }),
    processId: field(nullable(string), { default: null }),
    userEndpoint: field(nullable(struct(endpoint)), { default: null }),
    clientTags: field(nullable(array(keyValue)), { default: null }),
    taskOffsets: field(nullable(array(taskOffset)), { default: null }),
    taskEndOffsets: field(nullable(array(taskOffset)), { default: null }),
    shutdownApplication: field(bool),
  },
)

export const StreamsGroupHeartbeatResponse = message(
  { name: 'StreamsGroupHeartbeatResponse', key: 88, versions: [0, 1], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: field(nullable(string), { default: null }),
    memberId: string,
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    acceptableRecoveryLagLegacy: field(int32, { until: 0 }),
    taskOffsetIntervalMs: int32,
    acceptableRecoveryLag: field(int64, { since: 1, default: -1 }),
    status: nullable(array(status)),
    activeTasks: field(nullable(array(taskIds)), { default: null }),
    standbyTasks: field(nullable(array(taskIds)), { default: null }),
    warmupTasks: field(nullable(array(taskIds)), { default: null }),
    topologyDescriptionRequired: field(bool, { since: 1 }),
    endpointInformationEpoch: int32,
    partitionsByUserEndpoint: field(
      nullable(
        array({
          userEndpoint: struct(endpoint),
          activePartitions: array(topicPartition),
          standbyPartitions: array(topicPartition),
        }),
      ),
      { default: null },
    ),
  },
)
