import type { Exhibit } from '../exhibit.ts'

export const joiningFollowerNotCounted: Exhibit = {
  name: 'joining-follower-not-counted',
  title:
    'The high watermark passes a follower whose membership is asked for and not answered: the controller may have made it a member',
  source: 'L5; KIP-497',
  profile: 'cluster',
  seeds: 400,
  patches: [
    {
      file: 'src/replication/isr.ts',
      find: `      this.#committed.includes(nodeId) ||
      (this.#pending?.kind === 'expand' && this.#pending.isr.includes(nodeId))`,
      replace: '      this.#committed.includes(nodeId)',
    },
    {
      file: 'src/replication/leader-state.ts',
      find: `        this.isr.isMaximalMember(follower.nodeId) ||
        (isCaughtUp(follower, ends.logEnd, nowMs, lagMsMax) && this.#isEligible(follower))`,
      replace: '        this.isr.isMaximalMember(follower.nodeId)',
    },
  ],
}
