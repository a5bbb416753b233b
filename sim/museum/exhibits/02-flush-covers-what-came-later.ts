import type { Exhibit } from '../exhibit.ts'

export const flushCoversWhatCameLater: Exhibit = {
  name: 'flush-covers-what-came-later',
  title:
    'A flush is taken for one of all that the log holds when it ends, not of what it held when it began',
  source: 'comments in Kafka on roll and flush',
  profile: 'storage',
  seeds: 60,
  patches: [
    {
      file: 'src/log/log-flush.ts',
      find: 'log.durableEnd = Math.max(log.durableEnd, target)',
      replace: 'log.durableEnd = Math.max(log.durableEnd, log.logEnd)',
    },
  ],
}
