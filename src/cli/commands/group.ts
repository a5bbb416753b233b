import type { Command } from 'commander'
import * as deleteGroups from './group/delete.ts'
import * as deleteOffsets from './group/delete-offsets.ts'
import * as describe from './group/describe.ts'
import * as list from './group/list.ts'
import * as resetOffsets from './group/reset-offsets.ts'

export function register(program: Command): void {
  const group = program
    .command('group')
    .description('List and describe consumer groups, show their lag, move their offsets')
  for (const module of [list, describe, resetOffsets, deleteOffsets, deleteGroups]) {
    module.register(group)
  }
}
