import type { Exhibit } from '../exhibit.ts'

export const cleanMarkLeft: Exhibit = {
  name: 'clean-mark-left',
  title: 'The mark of a clean stop outlives the next start: after a crash the log is not recovered',
  source: "Kafka's clean shutdown file, KIP-966",
  profile: 'storage',
  seeds: 300,
  patches: [
    {
      file: 'src/log/log-dir.ts',
      find: 'if (clean) await removeCleanShutdown(disk, this.path)',
      replace: '',
    },
  ],
}
