import type { Command } from 'commander'
import * as events from './cluster/events.ts'
import * as health from './cluster/health.ts'
import * as id from './cluster/id.ts'
import * as info from './cluster/info.ts'

export function register(program: Command): void {
  const cluster = program
    .command('cluster')
    .description('Show a cluster, its health and what happened in it; make a cluster id')
  for (const module of [info, health, events, id]) module.register(cluster)
}
