import { message, string, uuid } from '../../wire/index.ts'

/** A new topic: its name and id. Its partitions follow in the same batch. */
export const TopicRecord = message(
  { name: 'TopicRecord', key: 2, versions: [0, 0], flexibleSince: 0 },
  { name: string, topicId: uuid },
)
