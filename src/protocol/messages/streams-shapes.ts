/** What the messages of streams groups (KIP-1071, KIP-1331) have in common. */
import {
  array,
  field,
  int16,
  int32,
  int64,
  int8,
  nullable,
  string,
  struct,
  uint16,
} from '../../wire/index.ts'

export const keyValue = { key: string, value: string }

/** An internal topic that a topology needs. */
export const topicInfo = {
  name: string,
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: array(keyValue),
}

/** The tasks of one part of a topology, by partition. */
export const taskIds = { subtopologyId: string, partitions: array(int32) }

/** Where an application answers queries on its state. */
export const endpoint = { host: string, port: uint16 }

export const taskOffset = { subtopologyId: string, partition: int32, offset: int64 }

const topologyDescriptionNode = {
  name: string,
  nodeType: int8,
  sourceTopics: array(string),
  sinkTopic: field(nullable(string), { default: null }),
  stores: array(string),
  successors: array(string),
}

const topologyDescriptionSubtopology = {
  subtopologyId: string,
  nodes: array(topologyDescriptionNode),
}

const topologyDescriptionGlobalStore = {
  source: struct(topologyDescriptionNode),
  processor: struct(topologyDescriptionNode),
}

export const topologyDescription = {
  subtopologies: array(topologyDescriptionSubtopology),
  globalStores: array(topologyDescriptionGlobalStore),
}
