import { apiVersions } from './18-api-versions.ts'
import { createTopics } from './19-create-topics.ts'
import { deleteTopics } from './20-delete-topics.ts'
import { alterConfigs } from './33-alter-configs.ts'
import { createPartitions } from './37-create-partitions.ts'
import { incrementalAlterConfigs } from './44-incremental-alter-configs.ts'
import type { Handler } from '../handler.ts'
import type { ControllerServices } from '../services.ts'

/** What is served on the listeners of a controller, by key. */
export const controllerHandlers: readonly Handler<ControllerServices>[] = [
  apiVersions,
  createTopics,
  deleteTopics,
  alterConfigs,
  createPartitions,
  incrementalAlterConfigs,
]
