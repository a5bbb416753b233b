import type { Exhibit } from '../exhibit.ts'

export const joinsBeforeTheEpochStart: Exhibit = {
  name: 'joins-before-the-epoch-start',
  title:
    'A follower joins at the high watermark, though the new leader has records that the last one may have acknowledged',
  source: 'L4; KAFKA-7128',
  profile: 'cluster',
  seeds: 400,
  patches: [
    {
      file: 'src/replication/leader-state.ts',
      find: 'if (ackedEnd < highWatermark || ackedEnd < this.epochStart) return null',
      replace: 'if (ackedEnd < highWatermark) return null',
    },
  ],
}
