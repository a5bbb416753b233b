import type { Exhibit } from '../exhibit.ts'

export const indexOutlivesItsLog: Exhibit = {
  name: 'index-outlives-its-log',
  title: 'After a crash the index is kept as it is found, above the recovery point too',
  source: 'etcd #13766, #17780: two stores, one crash',
  profile: 'storage',
  seeds: 60,
  patches: [
    {
      file: 'src/log/recovery.ts',
      find: `      segment.offsetIndex.file.reset()
      segment.timeIndex.reset()
      segment.txnIndex.file.reset()
      yield* segment.rewind(segment.baseOffset, COLD)
`,
      replace: `      yield* segment.rewind(Number.MAX_SAFE_INTEGER, COLD)
`,
    },
  ],
}
