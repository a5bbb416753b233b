import type { Command } from 'commander'
import * as health from './cluster/health.ts'
import * as id from './cluster/id.ts'
import * as info from './cluster/info.ts'

export function register(program: Command): void {
  const cluster = program
    .command('cluster')
    .description('Show a cluster, wait for its health, make a cluster id')
  for (const module of [info, health, id]) module.register(cluster)
}
