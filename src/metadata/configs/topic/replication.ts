import { bool, int, list } from '../definition.ts'

const throttled = {
  wanted: "'*', or a list of partition:broker pairs",
  allows: (items: readonly string[]): boolean => {
    if (items.length === 1 && items[0] === '*') return true
    return items.every((item, i) => {
      return /^\d+:\d+$/.test(item) || (item === '' && i === items.length - 1)
    })
  },
}

/** How replicas of a partition keep together. */
export const topicReplicationConfigs = {
  'min.insync.replicas': int(1, {
    min: 1,
    doc: 'Number of in-sync replicas without which the partition takes no writes with acks=all. With three replicas, 2 lets one of them fail without stopping writers or risking acknowledged records.',
  }),
  'unclean.leader.election.enable': bool(false, {
    doc: 'Lets a replica that is out of sync become leader when no other is left: the partition is available again, and acknowledged records may be lost.',
  }),
  'leader.replication.throttled.replicas': list([], {
    rule: throttled,
    doc: 'Replicas whose outgoing replication is held to leader.replication.throttled.rate, as partition:broker pairs, or * for all. Without effect in this version.',
  }),
  'follower.replication.throttled.replicas': list([], {
    rule: throttled,
    doc: 'Replicas whose incoming replication is held to follower.replication.throttled.rate, as partition:broker pairs, or * for all. Without effect in this version.',
  }),
}
