import { errorCodes, MetadataRequest, MetadataResponse } from '../../../src/protocol/index.ts'
import { checkExcuse, defineOperation } from '../operation.ts'
import type { TopicShadow } from '../shadow.ts'

/** Finds out whether a topic is there whose creation or deletion was not answered. */
export const resolveTopic = defineOperation({
  name: 'resolve topic',
  weight: 2,
  request: MetadataRequest,
  response: MetadataResponse,
  sample({ shadow, prng }): TopicShadow | null {
    const unsure = shadow.topics.filter(({ state, isBusy }) => state === 'unsure' && !isBusy)
    if (unsure.length === 0) return null
    const topic = prng.pick(unsure)
    topic.isBusy = true
    return topic
  },
  build: ({ name }) => ({ topics: [{ name }], allowAutoTopicCreation: false }),
  predict(shadow, topic, reply) {
    topic.isBusy = false
    if (reply.kind !== 'answer') return
    const found = reply.answer.topics[0]
    if (found === undefined || found.errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
      shadow.gone(topic)
    } else if (found.errorCode !== 0) {
      checkExcuse(shadow, null, 'Metadata', found.errorCode)
    } else {
      shadow.found(topic, found.topicId, found.partitions.length)
    }
  },
})
