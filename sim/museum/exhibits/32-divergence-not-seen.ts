import type { Exhibit } from '../exhibit.ts'

export const divergenceNotSeen: Exhibit = {
  name: 'divergence-not-seen',
  title:
    'A follower does not say of which epoch its last record is: what it has beyond its leader stays',
  source: 'KIP-279, KIP-320',
  profile: 'cluster',
  seeds: 200,
  patches: [
    {
      file: 'src/replication/follower.ts',
      find: 'const lastFetchedEpoch = logEnd > logStart ? log.epochAt(logEnd - 1) : -1',
      replace: 'const lastFetchedEpoch = -1',
    },
  ],
}
