import type { Exhibit } from '../exhibit.ts'

export const acksAllMeansLeader: Exhibit = {
  name: 'acks-all-means-leader',
  title: 'acks=all is answered when the leader has the record',
  source: 'KIP-497: acks and min.insync.replicas',
  profile: 'cluster',
  seeds: 20,
  patches: [
    {
      file: 'src/replication/leader.ts',
      find: 'if (acks === -1) return this.replica.highWatermark',
      replace: 'if (acks === -1) return this.replica.log.logEnd',
    },
  ],
}
