/** What administrators do. Any node takes it; who is not the controller hands it on. */
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  CreateTopicsRequest,
  CreateTopicsResponse,
  ElectLeadersRequest,
  ElectLeadersResponse,
  errorCodes,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
  InitProducerIdRequest,
  InitProducerIdResponse,
  MetadataRequest,
  MetadataResponse,
} from '../../../src/protocol/index.ts'
import { anyNode, checkTrouble, defineOperation } from '../operation.ts'
import type { Producer } from '../producer.ts'
import type { Target, TopicShadow } from '../shadow.ts'

const TOPIC = 2
const SET = 0
const PREFERRED = 0

export const metadata = defineOperation({
  name: 'metadata',
  weight: 4,
  request: MetadataRequest,
  response: MetadataResponse,
  sample: ({ shadow }) => ({ names: shadow.topics.map(({ name }) => name) }),
  nodeId: (_input, sampling) => anyNode(sampling),
  build: ({ names }) => ({
    topics: names.map((name) => ({ name })),
    allowAutoTopicCreation: false,
  }),
  predict(shadow, _input, reply) {
    if (reply.kind === 'answer') shadow.learn(reply.answer)
  },
})

export const createTopic = defineOperation({
  name: 'create topic',
  weight: 3,
  request: CreateTopicsRequest,
  response: CreateTopicsResponse,
  sample({ shadow }): TopicShadow | null {
    const topic = shadow.topics.find(({ id, isBusy }) => id === null && !isBusy)
    if (topic === undefined) return null
    topic.isBusy = true
    return topic
  },
  nodeId: (_input, sampling) => anyNode(sampling),
  build: ({ name, partitionCount }) => ({
    timeoutMs: 8_000,
    topics: [
      {
        name,
        numPartitions: partitionCount,
        replicationFactor: -1,
        assignments: [],
        configs: [{ name: 'internal.segment.bytes', value: '30000' }],
      },
    ],
  }),
  predict(_shadow, topic, reply) {
    topic.isBusy = false
    if (reply.kind !== 'answer') return
    const { errorCode = errorCodes.UNKNOWN_SERVER_ERROR, topicId } = reply.answer.topics[0] ?? {}
    if (errorCode === 0 && topicId !== undefined) topic.id ??= topicId
    else if (errorCode !== errorCodes.TOPIC_ALREADY_EXISTS) checkTrouble('CreateTopics', errorCode)
  },
})

export const initProducerId = defineOperation({
  name: 'init producer id',
  weight: 4,
  request: InitProducerIdRequest,
  response: InitProducerIdResponse,
  sample({ shadow }): Producer | null {
    const producer = shadow.producers.find(({ sender, isAsking }) => sender === null && !isAsking)
    if (producer === undefined) return null
    producer.isAsking = true
    return producer
  },
  nodeId: (_input, sampling) => anyNode(sampling),
  build: () => ({ transactionalId: null, transactionTimeoutMs: 60_000 }),
  predict(shadow, producer, reply) {
    producer.isAsking = false
    if (reply.kind !== 'answer') return
    const { errorCode, producerId, producerEpoch } = reply.answer
    if (errorCode !== 0) {
      checkTrouble('InitProducerId', errorCode)
      return
    }
    shadow.claimProducerId(producerId)
    producer.sender = { producerId, producerEpoch }
  },
})

export const electLeaders = defineOperation({
  name: 'elect leaders',
  weight: 0.7,
  request: ElectLeadersRequest,
  response: ElectLeadersResponse,
  sample: (): object => ({}),
  nodeId: (_input, sampling) => anyNode(sampling),
  build: () => ({ electionType: PREFERRED, topicPartitions: null, timeoutMs: 8_000 }),
  predict(_shadow, _input, reply) {
    if (reply.kind !== 'answer' || reply.answer.errorCode === 0) return
    checkTrouble('ElectLeaders', reply.answer.errorCode)
  },
})

interface Move {
  readonly target: Target
  readonly replicas: readonly number[]
}

/** Moves a partition to other nodes, or only changes their order. */
export const reassign = defineOperation({
  name: 'reassign',
  weight: 0.7,
  request: AlterPartitionReassignmentsRequest,
  response: AlterPartitionReassignmentsResponse,
  sample({ shadow, prng }): Move | null {
    const targets = shadow.targets().filter(({ leadership }) => leadership.replicas.length > 1)
    if (targets.length === 0) return null
    const target = prng.pick(targets)
    const order = shadow.nodeIds.map((id) => ({ id, rank: prng.float() }))
    order.sort((a, b) => a.rank - b.rank)
    const count = target.leadership.replicas.length
    return { target, replicas: order.slice(0, count).map(({ id }) => id) }
  },
  nodeId: (_input, sampling) => anyNode(sampling),
  build: ({ target: { topic, index }, replicas }) => ({
    timeoutMs: 8_000,
    topics: [
      { name: topic.name, partitions: [{ partitionIndex: index, replicas: [...replicas] }] },
    ],
  }),
  predict(_shadow, _input, reply) {
    if (reply.kind !== 'answer') return
    const { errorCode, responses } = reply.answer
    const code = errorCode || (responses[0]?.partitions[0]?.errorCode ?? 0)
    // One of the nodes is not there now.
    if (code !== 0 && code !== errorCodes.INVALID_REPLICA_ASSIGNMENT) checkTrouble('Reassign', code)
  },
})

export const alterConfig = defineOperation({
  name: 'alter config',
  weight: 0.5,
  request: IncrementalAlterConfigsRequest,
  response: IncrementalAlterConfigsResponse,
  sample({ shadow, prng }): { readonly name: string; readonly value: string } | null {
    const targets = shadow.targets()
    if (targets.length === 0) return null
    return { name: prng.pick(targets).topic.name, value: prng.pick(['25000', '60000', '1048576']) }
  },
  nodeId: (_input, sampling) => anyNode(sampling),
  build: ({ name, value }) => ({
    validateOnly: false,
    resources: [
      {
        resourceType: TOPIC,
        resourceName: name,
        configs: [{ name: 'internal.segment.bytes', configOperation: SET, value }],
      },
    ],
  }),
  predict(_shadow, _input, reply) {
    if (reply.kind !== 'answer') return
    const { errorCode = errorCodes.UNKNOWN_SERVER_ERROR } = reply.answer.responses[0] ?? {}
    if (errorCode !== 0) checkTrouble('IncrementalAlterConfigs', errorCode)
  },
})
