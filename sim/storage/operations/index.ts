import type { AnyOperation } from '../operation.ts'
import { createTopic } from './create-topic.ts'
import { deleteTopic } from './delete-topic.ts'
import { fetch } from './fetch.ts'
import { initProducerId } from './init-producer-id.ts'
import { produceIdempotent } from './produce-idempotent.ts'
import { produce } from './produce.ts'
import { resolveTopic } from './resolve-topic.ts'

/** All that clients do in the storage profile. */
export const operations: readonly AnyOperation[] = [
  produce,
  produceIdempotent,
  initProducerId,
  fetch,
  createTopic,
  deleteTopic,
  resolveTopic,
]
