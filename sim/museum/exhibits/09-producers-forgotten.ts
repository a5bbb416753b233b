import type { Exhibit } from '../exhibit.ts'

export const producersForgotten: Exhibit = {
  name: 'producers-forgotten',
  title: 'Recovery does not replay who wrote what: a batch that is sent again is written again',
  source: 'Redpanda #3039 (Jepsen 2022)',
  profile: 'storage',
  seeds: 20,
  patches: [
    {
      file: 'src/log/recovery.ts',
      find: 'const txn = log.producers.enter(header, baseOffset, buffer, log.env.clock.monotonicMs())',
      replace: 'const txn = null as ReturnType<typeof log.producers.enter>',
    },
  ],
}
