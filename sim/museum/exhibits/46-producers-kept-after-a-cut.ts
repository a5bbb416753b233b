import type { Exhibit } from '../exhibit.ts'

export const producersKeptAfterACut: Exhibit = {
  name: 'producers-kept-after-a-cut',
  title: 'A follower whose log is cut keeps what it knew of the producers of what is gone',
  source: 'L21; Redpanda #3039',
  profile: 'cluster',
  seeds: 400,
  patches: [
    {
      file: 'src/log/truncate.ts',
      find: `      await runLater(reloadProducers(log, log.logEnd))
`,
      replace: '',
    },
  ],
}
