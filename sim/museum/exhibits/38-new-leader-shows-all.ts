import type { Exhibit } from '../exhibit.ts'

export const newLeaderShowsAll: Exhibit = {
  name: 'new-leader-shows-all',
  title: 'A new leader shows consumers its whole log at once',
  source: 'L10; KIP-392',
  profile: 'cluster',
  seeds: 200,
  patches: [
    {
      file: 'src/replication/leader.ts',
      find: `    this.#advance()
    // What an unclean stop`,
      replace: `    if (log.logEnd > replica.highWatermark) replica.raiseHighWatermark(log.logEnd, 0)
    this.#advance()
    // What an unclean stop`,
    },
  ],
}
