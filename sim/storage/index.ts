import type { Simulation } from '../seeds.ts'
import { describeProfile, drawProfile } from './profile.ts'
import type { Profile } from './profile.ts'
import { runProfile } from './run.ts'

/** One node and its disk. */
export const storage: Simulation<Profile> = {
  name: 'storage',
  draw: drawProfile,
  describe: describeProfile,
  run: runProfile,
}
