import type { Exhibit } from '../exhibit.ts'

export const cleanMarkLeft: Exhibit = {
  name: 'clean-mark-left',
  title: 'The mark of a clean stop outlives the next start: after a crash the log is not recovered',
  source: 'L9',
  profile: 'storage',
  seeds: 60,
  patches: [
    {
      file: 'src/log/log-dir.ts',
      find: 'if (clean) await removeCleanShutdown(disk, this.path)',
      replace: '',
    },
  ],
}
