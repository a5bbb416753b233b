import { message, string } from '../../wire/index.ts'

/**
 * The eligible leader replicas of a topic are forgotten, of all topics if the name is empty: written
 * when `min.insync.replicas` changes (metadata.version 23).
 */
export const ClearElrRecord = message(
  { name: 'ClearElrRecord', key: 28, versions: [0, 0], flexibleSince: 0 },
  { topicName: string },
)
