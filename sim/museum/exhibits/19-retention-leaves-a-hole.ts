import type { Exhibit } from '../exhibit.ts'

export const retentionLeavesAHole: Exhibit = {
  name: 'retention-leaves-a-hole',
  title:
    'Retention removes files before the new log start is on disk: a power cut brings some of them back, and what lies behind the hole looks lost',
  source: 'found here; L17, ALICE (OSDI 2014)',
  profile: 'storage',
  seeds: 300,
  patches: [
    {
      file: 'src/log/truncate.ts',
      find: `  log.startWasAsked = true
  await log.env.logStartMoved()
  if (log.closed) return
`,
      replace: '',
    },
  ],
}
