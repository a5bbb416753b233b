import { Argument } from 'commander'

/** What a configuration belongs to. */
export function kindArgument(): Argument {
  return new Argument('<kind>', 'topic or broker').choices(['topic', 'broker'])
}
