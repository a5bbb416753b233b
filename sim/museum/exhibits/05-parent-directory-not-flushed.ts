import type { Exhibit } from '../exhibit.ts'

export const parentDirectoryNotFlushed: Exhibit = {
  name: 'parent-directory-not-flushed',
  title: `A new partition's directory is flushed, its name in the log dir is not`,
  source: 'KAFKA-3968, ALICE (OSDI 2014)',
  profile: 'storage',
  seeds: 300,
  patches: [
    {
      file: 'src/log/log-flush.ts',
      find: 'if (birth) await env.syncEntries()',
      replace: '',
    },
  ],
}
