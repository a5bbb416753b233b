import type { Exhibit } from '../exhibit.ts'

export const voterSpeaksBeforeItsDisk: Exhibit = {
  name: 'voter-speaks-before-its-disk',
  title: 'A voter fetches metadata beyond what is on its disk',
  source: 'L13, L15; Raft 5.1',
  profile: 'cluster',
  seeds: 400,
  patches: [
    {
      file: 'src/quorum/follower.ts',
      find: `  if (canVote && log.durableEnd < log.end) return
`,
      replace: '',
    },
  ],
}
