import type { Exhibit } from '../exhibit.ts'

export const failedDirGoesOn: Exhibit = {
  name: 'failed-dir-goes-on',
  title: 'A log dir whose fsync failed goes on taking records',
  source: 'KAFKA-10778',
  profile: 'storage',
  seeds: 100,
  patches: [
    {
      file: 'src/log/log-dir.ts',
      find: `    return this.#fail(error)
  }

  syncFailed`,
      replace: `    return new LogError('TOO_MANY_FILES', error.message, error)
  }

  syncFailed`,
    },
  ],
}
