import type { Exhibit } from '../exhibit.ts'

export const voteNotKept: Exhibit = {
  name: 'vote-not-kept',
  title:
    'A vote is given before it is on disk: after a restart the node votes again in the same epoch',
  source: 'Raft 5.2',
  profile: 'cluster',
  seeds: 200,
  patches: [
    {
      file: 'src/quorum/election.ts',
      find: `    turn.set({ votedFor: request.candidate })
    turn.persist()`,
      replace: '    turn.set({ votedFor: request.candidate })',
    },
  ],
}
