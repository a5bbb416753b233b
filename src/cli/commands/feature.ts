import type { Command } from 'commander'
import * as downgrade from './feature/downgrade.ts'
import * as list from './feature/list.ts'
import * as upgrade from './feature/upgrade.ts'

export function register(program: Command): void {
  const feature = program
    .command('feature')
    .description('Levels of features: which are in force, which all brokers could work with')
  for (const module of [list, upgrade, downgrade]) module.register(feature)
}
