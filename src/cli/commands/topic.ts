import type { Command } from 'commander'
import * as addPartitions from './topic/add-partitions.ts'
import * as alter from './topic/alter.ts'
import * as create from './topic/create.ts'
import * as deleteTopics from './topic/delete.ts'
import * as describe from './topic/describe.ts'
import * as electLeaders from './topic/elect-leaders.ts'
import * as list from './topic/list.ts'
import * as trim from './topic/trim.ts'

export function register(program: Command): void {
  const topic = program.command('topic').description('List, create, change and delete topics')
  for (const module of [
    list,
    describe,
    create,
    alter,
    addPartitions,
    trim,
    electLeaders,
    deleteTopics,
  ]) {
    module.register(topic)
  }
}
