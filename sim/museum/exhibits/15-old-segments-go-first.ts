import type { Exhibit } from '../exhibit.ts'

export const oldSegmentsGoFirst: Exhibit = {
  name: 'old-segments-go-first',
  title:
    'Retention removes segments before the name of the one that the log begins with is on disk',
  source: 'L14',
  profile: 'storage',
  seeds: 300,
  patches: [
    {
      file: 'src/log/truncate.ts',
      find: `  await syncNames(log)
`,
      replace: '',
    },
  ],
}
