import type { Exhibit } from '../exhibit.ts'

export const logStartForgotten: Exhibit = {
  name: 'log-start-forgotten',
  title: 'DeleteRecords is acknowledged before the new log start is on disk',
  source: 'KIP-107',
  profile: 'storage',
  seeds: 60,
  patches: [
    {
      file: 'src/log/truncate.ts',
      find: `  if (log.logStart > 0) log.startWasAsked = true
  await log.env.logStartMoved()`,
      replace: `  if (log.logStart > 0) log.startWasAsked = true
  void log.env.logStartMoved().catch(() => undefined)`,
    },
  ],
}
