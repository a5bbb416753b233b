import { INT64_MAX } from '../../../base/index.ts'
import { bool, int, long, text } from '../definition.ts'

const CLUSTER = 'cluster-wide'

/** Followers, the in-sync set and leadership. */
export const brokerReplicationConfigs = {
  'num.replica.fetchers': int(1, {
    min: 1,
    importance: 'HIGH',
    update: CLUSTER,
    doc: 'Connections over which this broker fetches from each leader.',
  }),
  'num.replica.alter.log.dirs.threads': int(null, {
    importance: 'HIGH',
    doc: 'Replicas that move between log directories of this broker at the same time.',
  }),
  'replica.lag.time.max.ms': long(30_000, {
    importance: 'HIGH',
    doc: 'Time after which a follower that has not caught up leaves the in-sync set.',
  }),
  'replica.fetch.wait.max.ms': int(500, {
    importance: 'HIGH',
    doc: 'How long the leader holds the fetch of a follower when there is nothing new. Must not exceed replica.lag.time.max.ms.',
  }),
  'replica.fetch.min.bytes': int(1, {
    importance: 'HIGH',
    doc: 'Bytes that the leader gathers before it answers a follower, within the waiting time.',
  }),
  'replica.fetch.max.bytes': int(1_048_576, {
    min: 0,
    doc: 'Bytes of one partition in one fetch of a follower. A larger batch comes through alone.',
  }),
  'replica.fetch.response.max.bytes': int(10_485_760, {
    min: 0,
    doc: 'Bytes in one fetch of a follower. A larger batch comes through alone.',
  }),
  'replica.fetch.backoff.ms': int(1000, {
    min: 0,
    doc: 'Wait before a follower fetches again from a partition that answered with an error.',
  }),
  'replica.socket.timeout.ms': int(30_000, {
    importance: 'HIGH',
    doc: 'How long a follower waits for its leader. Must not be less than replica.fetch.wait.max.ms.',
  }),
  'replica.socket.receive.buffer.bytes': int(65_536, {
    importance: 'HIGH',
    doc: 'Receive buffer of the connection of a follower; -1 leaves it to the operating system.',
  }),
  'replica.high.watermark.checkpoint.interval.ms': long(5000, {
    importance: 'HIGH',
    doc: 'How often the high watermarks are written down.',
  }),
  'replica.selector.class': text(null, {
    doc: 'Chooses the replica that a consumer reads from. The name that ends in RackAwareReplicaSelector picks one in the rack of the consumer; left out, it is the leader.',
  }),
  'auto.leader.rebalance.enable': bool(true, {
    importance: 'HIGH',
    doc: 'Gives leadership back to preferred replicas from time to time.',
  }),
  'leader.imbalance.check.interval.seconds': long(300, {
    min: 1,
    importance: 'HIGH',
    doc: 'How often leadership is given back to preferred replicas.',
  }),
  'leader.replication.throttled.rate': long(INT64_MAX, {
    min: 0,
    update: CLUSTER,
    doc: 'Bytes per second that leaders send to throttled replicas.',
  }),
  'follower.replication.throttled.rate': long(INT64_MAX, {
    min: 0,
    update: CLUSTER,
    doc: 'Bytes per second that throttled replicas fetch.',
  }),
  'replica.alter.log.dirs.io.max.bytes.per.second': long(INT64_MAX, {
    min: 0,
    update: CLUSTER,
    doc: 'Bytes per second that replicas moving between log directories may copy.',
  }),
}
