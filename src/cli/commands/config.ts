import type { Command } from 'commander'
import * as deleteConfig from './config/delete.ts'
import * as describe from './config/describe.ts'
import * as set from './config/set.ts'

export function register(program: Command): void {
  const config = program
    .command('config')
    .description('Show and change the configuration of topics and brokers')
  for (const module of [describe, set, deleteConfig]) module.register(config)
}
