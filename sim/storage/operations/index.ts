import type { AnyOperation } from '../operation.ts'
import { alterConfig } from './alter-config.ts'
import { commitOffset } from './commit-offset.ts'
import { createTopic } from './create-topic.ts'
import { deleteRecords } from './delete-records.ts'
import { deleteTopic } from './delete-topic.ts'
import { fetchOffset } from './fetch-offset.ts'
import { fetch } from './fetch.ts'
import { findCoordinator } from './find-coordinator.ts'
import { initProducerId } from './init-producer-id.ts'
import { listOffsets } from './list-offsets.ts'
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
  listOffsets,
  deleteRecords,
  alterConfig,
  findCoordinator,
  commitOffset,
  fetchOffset,
]
