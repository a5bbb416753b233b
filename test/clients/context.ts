/** What the checks of one client get: the broker, names of its own, the corpus, and what the others wrote. */
import type { Suite } from '../harness/suite.ts'
import type { Corpus } from './corpus.ts'

export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Codec = (typeof codecs)[number]

export interface ClientContext {
  readonly suite: Suite
  readonly bootstrap: string
  /** every shape of record that Kafka knows */
  readonly corpus: Corpus
  /** the corpus for clients that cannot write a null header value */
  readonly corpusWithoutNullHeaders: Corpus
  /** topics that hold exactly a corpus, whoever wrote it; every client adds its own, and reads all of them */
  readonly corpusTopics: Array<{ readonly topic: string; readonly corpus: Corpus }>
}

/** Names that no other check uses: `name-1`, `name-2`, ... */
export function nameMaker(client: string): (name: string) => string {
  let count = 0
  return (name) => {
    count += 1
    return `${client}-${name}-${count}`
  }
}
