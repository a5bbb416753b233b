import type { Exhibit } from '../exhibit.ts'

export const renameWithoutFlush: Exhibit = {
  name: 'rename-without-flush',
  title: 'A checkpoint is renamed into place before its content is flushed',
  source: 'ALICE (OSDI 2014)',
  profile: 'storage',
  seeds: 60,
  patches: [
    {
      file: 'src/log/checkpoint-file.ts',
      find: `    await file.sync()
`,
      replace: '',
    },
  ],
}
