import {
  errorCodes,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../../src/protocol/index.ts'
import { checkExcuse, defineOperation } from '../operation.ts'
import type { Incarnation } from '../shadow.ts'

const TOPIC = 2
const SET = 0

interface Input {
  readonly topic: Incarnation
  readonly name: string
  readonly value: string
}

/** Changes how a topic's log rolls, indexes and retains, under load. How it flushes stays: that is the run's promise. */
export const alterConfig = defineOperation({
  name: 'alter config',
  weight: 0.7,
  request: IncrementalAlterConfigsRequest,
  response: IncrementalAlterConfigsResponse,
  sample({ shadow, prng }): Input | null {
    const topics = shadow.present()
    if (topics.length === 0) return null
    const topic = prng.pick(topics)
    const [name, value] = prng.pick([
      ['segment.ms', prng.pick(['50', '600000'])],
      ['index.interval.bytes', prng.pick(['0', '4096'])],
      ['retention.bytes', prng.pick(['0', '5000', '-1'])],
      ['message.timestamp.type', prng.pick(['CreateTime', 'LogAppendTime'])],
    ] as const)
    // From the moment it may have been carried out.
    if (name === 'retention.bytes') {
      for (const partition of topic.partitions) partition.startMax = Infinity
    }
    return { topic, name, value }
  },
  build: ({ topic, name, value }) => ({
    validateOnly: false,
    resources: [
      {
        resourceType: TOPIC,
        resourceName: topic.name,
        configs: [{ name, configOperation: SET, value }],
      },
    ],
  }),
  predict(shadow, { topic, name, value }, reply) {
    if (reply.kind !== 'answer' || topic.mayBeGone) return
    const { errorCode = errorCodes.UNKNOWN_SERVER_ERROR } = reply.answer.responses[0] ?? {}
    if (errorCode === 0) topic.configs.set(name, value)
    else checkExcuse(shadow, topic, 'IncrementalAlterConfigs', errorCode)
  },
})
