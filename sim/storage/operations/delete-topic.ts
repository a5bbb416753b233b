import {
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  errorCodes,
} from '../../../src/protocol/index.ts'
import { checkExcuse, defineOperation } from '../operation.ts'
import type { Incarnation, TopicShadow } from '../shadow.ts'

interface Input {
  readonly topic: TopicShadow
  readonly incarnation: Incarnation
}

export const deleteTopic = defineOperation({
  name: 'delete topic',
  weight: 0.5,
  request: DeleteTopicsRequest,
  response: DeleteTopicsResponse,
  sample({ shadow, prng }): Input | null {
    const candidates = shadow.topics.filter(({ state, isBusy }) => state === 'present' && !isBusy)
    if (candidates.length < 2) return null
    const topic = prng.pick(candidates)
    const { incarnation } = topic
    if (incarnation === null) return null
    topic.isBusy = true
    incarnation.mayBeGone = true
    return { topic, incarnation }
  },
  build: ({ incarnation }) => ({
    timeoutMs: 10_000,
    topics: [{ name: null, topicId: incarnation.id }],
  }),
  predict(shadow, { topic, incarnation }, reply) {
    topic.isBusy = false
    if (reply.kind !== 'answer') {
      topic.state = 'unsure'
      return
    }
    const { errorCode = errorCodes.UNKNOWN_SERVER_ERROR } = reply.answer.responses[0] ?? {}
    if (errorCode !== 0) {
      checkExcuse(shadow, incarnation, 'DeleteTopics', errorCode)
      topic.state = 'unsure'
      return
    }
    shadow.gone(topic)
  },
})
