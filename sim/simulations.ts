import { cluster } from './cluster/index.ts'
import { runSeeds } from './seeds.ts'
import type { SeedsOptions, SeedsReport, Simulation } from './seeds.ts'
import { storage } from './storage/index.ts'

interface Runnable {
  readonly name: string
  runSeeds(options: SeedsOptions): Promise<SeedsReport>
}

/** All profiles of the simulator. */
export const simulations: readonly Runnable[] = [runnable(storage), runnable(cluster)]

function runnable<Profile extends { readonly operations: number; readonly faults: number }>(
  simulation: Simulation<Profile>,
): Runnable {
  return { name: simulation.name, runSeeds: (options) => runSeeds(simulation, options) }
}
