import type { Exhibit } from '../exhibit.ts'

export const oldEpochCommittedByCount: Exhibit = {
  name: 'old-epoch-committed-by-count',
  title: 'A metadata leader commits records of older epochs because a majority has them',
  source: 'L12; Raft 5.4.2, KAFKA-12619',
  profile: 'cluster',
  seeds: 400,
  patches: [
    {
      file: 'src/quorum/leader.ts',
      find: 'if (reached <= role.epochStart || reached <= known) return',
      replace: 'if (reached <= known) return',
    },
  ],
}
