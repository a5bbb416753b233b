import type { Exhibit } from '../exhibit.ts'

export const recoveryPointAhead: Exhibit = {
  name: 'recovery-point-ahead',
  title: 'The recovery point moves to the end of the log, not to where the flush began',
  source: 'L17, L18',
  profile: 'storage',
  seeds: 200,
  patches: [
    {
      file: 'src/log/log-flush.ts',
      find: 'log.recoveryPoint = Math.max(log.recoveryPoint, target)',
      replace: 'log.recoveryPoint = log.logEnd',
    },
  ],
}
