import type { Exhibit } from '../exhibit.ts'

export const laggardsLeftOutAlone: Exhibit = {
  name: 'laggards-left-out-alone',
  title:
    'A leader leaves a slow follower out of the count by itself, before the controller has taken it out of the in-sync set',
  source: 'KIP-497',
  profile: 'cluster',
  seeds: 100,
  patches: [
    {
      file: 'src/replication/leader-state.ts',
      find: `        this.isr.isMaximalMember(follower.nodeId) ||
        (isCaughtUp`,
      replace: '        (isCaughtUp',
    },
  ],
}
