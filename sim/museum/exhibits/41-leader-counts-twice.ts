import type { Exhibit } from '../exhibit.ts'

export const leaderCountsTwice: Exhibit = {
  name: 'leader-counts-twice',
  title: 'A metadata record is committed when one node has it on disk',
  source: 'L12; KAFKA-15489',
  profile: 'cluster',
  seeds: 100,
  patches: [
    {
      file: 'src/quorum/leader.ts',
      find: 'const reached = Math.min(majorityEnd(ends), state.log.end)',
      replace: 'const reached = Math.min(Math.max(...ends), state.log.end)',
    },
  ],
}
