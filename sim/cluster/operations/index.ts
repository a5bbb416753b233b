import type { AnyOperation } from '../operation.ts'
import {
  alterConfig,
  createTopic,
  electLeaders,
  initProducerId,
  metadata,
  reassign,
} from './admin.ts'
import { consume } from './consume.ts'
import { commitOffset, fetchOffset, findCoordinator } from './groups.ts'
import { produce, produceIdempotent } from './produce.ts'

/** All that clients do in the cluster profile. */
export const operations: readonly AnyOperation[] = [
  produce,
  produceIdempotent,
  initProducerId,
  consume,
  metadata,
  createTopic,
  findCoordinator,
  commitOffset,
  fetchOffset,
  electLeaders,
  reassign,
  alterConfig,
]
