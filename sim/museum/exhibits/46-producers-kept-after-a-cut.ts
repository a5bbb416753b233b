import type { Exhibit } from '../exhibit.ts'

export const producersKeptAfterACut: Exhibit = {
  name: 'producers-kept-after-a-cut',
  title: 'A follower whose log is cut keeps what it knew of the producers of what is gone',
  source: 'Redpanda #3039',
  profile: 'cluster',
  seeds: 100,
  patches: [
    {
      file: 'src/log/truncate.ts',
      find: `      await runLater(reloadProducers(log, log.logEnd))
`,
      replace: '',
    },
  ],
}
