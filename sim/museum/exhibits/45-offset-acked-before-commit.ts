import type { Exhibit } from '../exhibit.ts'

export const offsetAckedBeforeCommit: Exhibit = {
  name: 'offset-acked-before-commit',
  title: 'A group coordinator answers a commit once it is in its own log',
  source: 'Redpanda #31483',
  profile: 'cluster',
  seeds: 20,
  patches: [
    {
      file: 'src/coordinators/runtime/shard-driver.ts',
      find: 'if (errorCode !== 0 || this.#committedEnd >= this.#appliedEnd) return done(errorCode)',
      replace: 'if (errorCode !== 0 || this.#appliedEnd >= 0) return done(errorCode)',
    },
  ],
}
