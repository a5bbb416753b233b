import type { Clock } from './clock.ts'
import type { Disk } from './disk.ts'
import type { Entropy } from './entropy.ts'
import type { Network } from './network.ts'
import type { Telemetry } from './telemetry.ts'

/** The five seams: all that a node knows of the world. */
export interface Io {
  readonly clock: Clock
  readonly disk: Disk
  readonly network: Network
  readonly entropy: Entropy
  readonly telemetry: Telemetry
}
