/**
 * OffsetForLeaderEpoch (23): where an epoch ended, so that a consumer or follower finds out what of its log was truncated (KIP-101,
 * KIP-279, KIP-320).
 */
import { LogError } from '../../log/index.ts'
import {
  errorCodes,
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import { findPartition } from '../topic-lookup.ts'

export const offsetForLeaderEpoch = defineHandler(
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
  {
    handle(broker, request) {
      const topics = request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
          const found = findPartition(broker, { name: topic }, partition)
          const errorCode = typeof found === 'number' ? found : found.checkEpoch(currentLeaderEpoch)
          if (typeof found === 'number' || errorCode !== 0) return { partition, errorCode }
          try {
            return { partition, errorCode: 0, ...found.log.epochEndOffset(leaderEpoch) }
          } catch (error) {
            if (!(error instanceof LogError)) throw error
            return { partition, errorCode: errorCodes.KAFKA_STORAGE_ERROR }
          }
        }),
      }))
      return { topics }
    },
  },
)
