/**
 * DescribeProducers (61): the idempotent and transactional producers that a partition remembers (KIP-664).
 */
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
  errorMessage,
} from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import { findPartition } from '../topic-lookup.ts'

export const describeProducers = defineHandler(
  DescribeProducersRequest,
  DescribeProducersResponse,
  {
    handle(broker, request) {
      const topics = request.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => {
          const found = findPartition(broker, { name }, partitionIndex)
          if (typeof found === 'number') {
            return {
              partitionIndex,
              errorCode: found,
              errorMessage: errorMessage(found),
              activeProducers: [],
            }
          }
          const activeProducers = found.log
            .activeProducers()
            .map(({ lastTimestampMs, ...producer }) => ({
              ...producer,
              lastTimestamp: lastTimestampMs,
            }))
          return { partitionIndex, errorCode: 0, activeProducers }
        }),
      }))
      return { topics }
    },
  },
)
