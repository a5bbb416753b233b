/**
 * DescribeProducers (61): the idempotent and transactional producers that a partition remembers (KIP-664).
 */
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
  errorCodes,
  errorMessage,
} from '../../protocol/index.ts'
import type { Draft } from '../../wire/index.ts'
import type { Broker } from '../services.ts'
import { defineHandler } from '../handler.ts'
import { Pace } from '../turns.ts'
import { findPartition } from '../topic-lookup.ts'

type TopicAnswer = Draft<typeof DescribeProducersResponse>['topics'][number]
type Answer = TopicAnswer['partitions'][number]

export const describeProducers = defineHandler(
  DescribeProducersRequest,
  DescribeProducersResponse,
  {
    async handle(broker, request, { turns }) {
      const pace = new Pace(turns)
      const topics: TopicAnswer[] = []
      const answered = new Set<string>()
      for (const { name, partitionIndexes } of request.topics) {
        const partitions = await pace.map(partitionIndexes, (index) => {
          const key = `${name}/${index}`
          // A partition may know a hundred thousand producers: they are told once.
          if (answered.has(key)) return refusal(index, errorCodes.INVALID_REQUEST)
          answered.add(key)
          return answerFor(broker, name, index)
        })
        topics.push({ name, partitions })
      }
      return { topics }
    },
  },
)

function refusal(partitionIndex: number, errorCode: number): Answer {
  return {
    partitionIndex,
    errorCode,
    errorMessage: errorMessage(errorCode),
    activeProducers: [],
  }
}

function answerFor(broker: Broker, name: string, partitionIndex: number): Answer {
  const found = findPartition(broker, { name }, partitionIndex)
  if (typeof found === 'number') return refusal(partitionIndex, found)
  const activeProducers = found.log
    .activeProducers()
    .map(({ lastTimestampMs, ...producer }) => ({ ...producer, lastTimestamp: lastTimestampMs }))
  return { partitionIndex, errorCode: 0, activeProducers }
}
