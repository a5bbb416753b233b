import type { Exhibit } from '../exhibit.ts'

export const ackBeforeTheFlush: Exhibit = {
  name: 'ack-before-the-flush',
  title: 'A record is acknowledged before fdatasync has returned, because there is only one node',
  source: 'etcd #14370',
  profile: 'storage',
  seeds: 20,
  patches: [
    {
      file: 'src/log/log-flush.ts',
      find: 'await Promise.all(log.segments.map((segment) => segment.syncLog()))',
      replace:
        'void Promise.all(log.segments.map((segment) => segment.syncLog())).catch(() => undefined)',
    },
  ],
}
