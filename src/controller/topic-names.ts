import type { TopicsImage } from '../metadata/index.ts'

const LENGTH_MAX = 249
const LEGAL = /^[a-zA-Z0-9._-]+$/

/** The topic of the metadata log itself; nobody may create it. */
export const METADATA_TOPIC = '__cluster_metadata'

/** Why `name` cannot be a topic (org.apache.kafka.common.internals.Topic), or null when it can. */
export function topicNameProblem(name: string): string | null {
  if (name === '') return 'Topic name is invalid: it is empty'
  if (name === '.' || name === '..') return `Topic name is invalid: it is '${name}'`
  if (name.length > LENGTH_MAX) {
    return `Topic name is invalid: it has ${name.length} characters, at most ${LENGTH_MAX} are allowed`
  }
  if (LEGAL.test(name)) return null
  return `Topic name is invalid: '${name}' has other characters than ASCII letters, digits, '.', '_' and '-'`
}

/**
 * An existing topic whose name differs from `name` only by '.' for '_' or '_' for '.', or null. Kafka refuses such pairs, because names of
 * metrics do not tell the two characters apart.
 */
export function collidingTopic(topics: TopicsImage, name: string): string | null {
  if (!name.includes('.') && !name.includes('_')) return null
  const unified = unify(name)
  for (const topic of topics) {
    if (topic.name.length !== name.length || topic.name === name) continue
    if (unify(topic.name) === unified) return topic.name
  }
  return null
}

function unify(name: string): string {
  return name.replaceAll('.', '_')
}
