import type { Exhibit } from '../exhibit.ts'

export const halfABatchStays: Exhibit = {
  name: 'half-a-batch-stays',
  title: 'The disk is full in the middle of a batch, and the half that was written stays',
  source: 'L28',
  profile: 'storage',
  seeds: 200,
  patches: [
    {
      file: 'src/log/append.ts',
      find: `        segment.log.truncate(segment.sizeBytes)
`,
      replace: '',
    },
  ],
}
