import type { Command } from 'commander'
import { randomUuid } from '../../../base/index.ts'
import { nodeIo } from '../../../io/index.ts'
import { examples, printJson, printText, withFormat } from '../../command-kit.ts'
import type { FormatOptions } from '../../command-kit.ts'

export function register(cluster: Command): void {
  withFormat(cluster.command('id').description('Print a new random cluster id'))
    .addHelpText('after', examples('highwater cluster id'))
    .action(({ format }: FormatOptions) => {
      const { entropy } = nodeIo()
      const id = randomUuid((size) => entropy.randomBytes(size))
      if (format === 'json') printJson({ id })
      else printText(id)
    })
}
