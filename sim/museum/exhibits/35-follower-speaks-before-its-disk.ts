import type { Exhibit } from '../exhibit.ts'

export const followerSpeaksBeforeItsDisk: Exhibit = {
  name: 'follower-speaks-before-its-disk',
  title:
    'With flush.before.ack a follower fetches beyond what is on its disk: its leader takes that for durable',
  source: 'Redpanda on unflushed replicas (2022)',
  profile: 'cluster',
  seeds: 20,
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
