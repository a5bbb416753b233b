import type { Exhibit } from '../exhibit.ts'

export const directoryNotFlushed: Exhibit = {
  name: 'directory-not-flushed',
  title: 'A new segment is flushed, its name in the directory is not',
  source: 'KAFKA-3968, ALICE (OSDI 2014)',
  profile: 'storage',
  seeds: 40,
  patches: [
    {
      file: 'src/log/log-flush.ts',
      find: 'if (entries || birth) await env.files.disk.syncDirectory(log.path)',
      replace: '',
    },
  ],
}
