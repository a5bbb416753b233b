import type { Exhibit } from '../exhibit.ts'

export const failedFlushTriedAgain: Exhibit = {
  name: 'failed-flush-tried-again',
  title: 'A failed fdatasync is tried again, and the second one is believed',
  source: 'fsyncgate (PostgreSQL 2018, ATC 2020)',
  profile: 'storage',
  seeds: 200,
  patches: [
    {
      file: 'src/log/log-flush.ts',
      find: 'await Promise.all(log.segments.map((segment) => segment.syncLog()))',
      replace:
        'await Promise.all(log.segments.map((segment) => segment.syncLog().catch(() => segment.log.sync())))',
    },
  ],
}
