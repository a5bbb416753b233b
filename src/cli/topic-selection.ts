import { InvalidArgumentError } from 'commander'
import { partitionsArgument } from './command-kit.ts'

/** A topic, or some of its partitions. */
export interface TopicSelection {
  readonly topic: string
  /** Null: all. */
  readonly partitions: readonly number[] | null
}

/** For a repeated option: `orders`, `orders:0,3,5-7`. */
export function topicSelection(
  text: string,
  previous: readonly TopicSelection[] | undefined,
): readonly TopicSelection[] {
  const colon = text.indexOf(':')
  const topic = colon < 0 ? text : text.slice(0, colon)
  if (topic === '') throw new InvalidArgumentError('It must be a topic, or topic:0,3,5-7.')
  const partitions = colon < 0 ? null : partitionsArgument(text.slice(colon + 1))
  return [...(previous ?? []), { topic, partitions }]
}
