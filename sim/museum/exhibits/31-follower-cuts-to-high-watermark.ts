import type { Exhibit } from '../exhibit.ts'

export const followerCutsToHighWatermark: Exhibit = {
  name: 'follower-cuts-to-high-watermark',
  title:
    'A follower cuts its log to the high watermark it knows before it fetches: what its leader has acknowledged may lie beyond',
  source: 'KIP-101',
  profile: 'cluster',
  seeds: 100,
  patches: [
    {
      file: 'src/replication/follower.ts',
      find: 'await log.truncateTo(log.logEnd)',
      replace: 'await log.truncateTo(Math.min(log.logEnd, log.highWatermark))',
    },
  ],
}
