import type { Exhibit } from '../exhibit.ts'

export const oldAcksInANewEpoch: Exhibit = {
  name: 'old-acks-in-a-new-epoch',
  title:
    'Who waits for an offset under one leader is answered when the offset is committed under another',
  source: 'KAFKA-20634',
  profile: 'cluster',
  seeds: 100,
  patches: [
    {
      file: 'src/replication/leader.ts',
      find: `    this.#isOver = true
    this.replica.failWaiters('leadershipLost')`,
      replace: '    this.#isOver = true',
    },
    {
      file: 'src/replication/follower.ts',
      find: `    this.onStopped()
    this.replica.failWaiters('leadershipLost')`,
      replace: '    this.onStopped()',
    },
  ],
}
