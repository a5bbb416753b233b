import type { Exhibit } from '../exhibit.ts'

export const followerSpeaksBeforeItsDisk: Exhibit = {
  name: 'follower-speaks-before-its-disk',
  title:
    'With flush.before.ack a follower fetches beyond what is on its disk: its leader takes that for durable',
  source: 'L37',
  profile: 'cluster',
  seeds: 100,
  patches: [
    {
      file: 'src/replication/follower.ts',
      find: `return log.durableEnd < log.logEnd
`,
      replace: `return log.durableEnd < log.logStart
`,
    },
  ],
}
