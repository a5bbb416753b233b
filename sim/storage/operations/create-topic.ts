import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  errorCodes,
} from '../../../src/protocol/index.ts'
import { checkExcuse, defineOperation } from '../operation.ts'
import type { TopicShadow } from '../shadow.ts'

interface Input {
  readonly topic: TopicShadow
  readonly partitionCount: number
  readonly configs: ReadonlyMap<string, string>
}

export const createTopic = defineOperation({
  name: 'create topic',
  weight: 2,
  request: CreateTopicsRequest,
  response: CreateTopicsResponse,
  sample({ shadow, prng }): Input | null {
    const candidates = shadow.topics.filter(({ state, isBusy }) => state === 'absent' && !isBusy)
    if (candidates.length === 0) return null
    const topic = prng.pick(candidates)
    topic.isBusy = true
    const configs = new Map([
      ['internal.segment.bytes', String(prng.pick([500, 2_000, 30_000, 1_048_576]))],
      ['index.interval.bytes', String(prng.pick([0, 500, 4_096]))],
      ['segment.index.bytes', String(prng.pick([36, 200, 10_485_760]))],
    ])
    if (prng.chance(0.2)) configs.set('retention.bytes', String(prng.pick([0, 3_000, 20_000])))
    if (prng.chance(0.1)) configs.set('retention.ms', String(prng.pick([0, 2_000, 10_000])))
    if (prng.chance(0.2)) configs.set('segment.ms', String(prng.pick([50, 1_000])))
    if (prng.chance(0.2)) configs.set('message.timestamp.type', 'LogAppendTime')
    if (prng.chance(0.1))
      configs.set('compression.type', prng.pick(['gzip', 'zstd', 'uncompressed']))
    return { topic, partitionCount: prng.int(1, 3), configs }
  },
  build: ({ topic, partitionCount, configs }) => ({
    timeoutMs: 10_000,
    topics: [
      {
        name: topic.name,
        numPartitions: partitionCount,
        replicationFactor: 1,
        assignments: [],
        configs: [...configs].map(([name, value]) => ({ name, value })),
      },
    ],
  }),
  predict(shadow, { topic, partitionCount, configs }, reply) {
    topic.isBusy = false
    if (reply.kind === 'notSent') return
    topic.attempted = configs
    topic.state = 'unsure'
    if (reply.kind === 'unsure') {
      topic.mayComeLate = true
      return
    }
    const { errorCode = errorCodes.UNKNOWN_SERVER_ERROR, topicId = '' } =
      reply.answer.topics[0] ?? {}
    if (errorCode === errorCodes.TOPIC_ALREADY_EXISTS && topic.mayComeLate) return
    if (errorCode !== 0) {
      checkExcuse(shadow, null, 'CreateTopics', errorCode)
      return
    }
    topic.state = 'present'
    topic.incarnation = shadow.incarnate(topic.name, topicId, partitionCount, configs)
  },
})
