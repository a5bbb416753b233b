import type { Simulation } from '../seeds.ts'
import { describeCluster, drawCluster } from './profile.ts'
import type { ClusterProfile } from './profile.ts'
import { runCluster } from './run.ts'

/** One to five nodes, and their clients. */
export const cluster: Simulation<ClusterProfile> = {
  name: 'cluster',
  draw: drawCluster,
  describe: describeCluster,
  run: runCluster,
}
