import type { Command } from 'commander'
import * as describe from './broker/describe.ts'
import * as list from './broker/list.ts'
import * as unregister from './broker/unregister.ts'

export function register(program: Command): void {
  const broker = program
    .command('broker')
    .description('Show brokers, their racks and log directories; forget those that are gone')
  for (const module of [list, describe, unregister]) module.register(broker)
}
