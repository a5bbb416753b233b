import { message, uuid } from '../../wire/index.ts'

/** A topic is gone, with all its partitions and its configuration. */
export const RemoveTopicRecord = message(
  { name: 'RemoveTopicRecord', key: 9, versions: [0, 0], flexibleSince: 0 },
  { topicId: uuid },
)
