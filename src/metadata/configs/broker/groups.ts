import { INT32_MAX } from '../../../base/index.ts'
import { int, list, text } from '../definition.ts'

/** Consumer groups. */
export const groupConfigs = {
  'group.min.session.timeout.ms': int(6000, {
    doc: 'Shortest session timeout that a member of a classic group may ask for.',
  }),
  'group.max.session.timeout.ms': int(1_800_000, {
    doc: 'Longest session timeout that a member of a classic group may ask for.',
  }),
  'group.initial.rebalance.delay.ms': int(3000, {
    doc: 'How long an empty group waits for more members before its first rebalance.',
  }),
  'group.max.size': int(INT32_MAX, {
    min: 1,
    doc: 'Members of a classic group.',
  }),
  'group.coordinator.rebalance.protocols': list(['classic', 'consumer', 'streams'], {
    each: ['consumer', 'classic', 'share', 'streams'],
    doc: 'Group protocols that may be used, as far as the node serves them.',
  }),
  'group.coordinator.threads': int(4, {
    min: 1,
    importance: 'HIGH',
    doc: 'Accepted for the sake of existing configurations: groups are served by the event loop.',
  }),
  'group.coordinator.background.threads': int(2, {
    min: 1,
    importance: 'HIGH',
    doc: 'Accepted for the sake of existing configurations: groups are served by the event loop.',
  }),
  'group.coordinator.append.linger.ms': int(-1, {
    min: -1,
    doc: 'How long changes of groups are gathered before they are written together; -1 decides by load.',
  }),
  'group.coordinator.cached.buffer.max.bytes': int(1_048_588, {
    min: 524_288,
    update: 'cluster-wide',
    doc: 'Size up to which a write buffer of the group coordinator is kept for the next write.',
  }),
  'group.consumer.session.timeout.ms': int(45_000, {
    min: 1,
    doc: 'Time without a heartbeat after which a member of a consumer group is out (KIP-848).',
  }),
  'group.consumer.min.session.timeout.ms': int(45_000, {
    min: 1,
    doc: 'Shortest session timeout that can be set for a consumer group.',
  }),
  'group.consumer.max.session.timeout.ms': int(60_000, {
    min: 1,
    doc: 'Longest session timeout that can be set for a consumer group.',
  }),
  'group.consumer.heartbeat.interval.ms': int(5000, {
    min: 1,
    doc: 'Time between two heartbeats that members of consumer groups are told.',
  }),
  'group.consumer.min.heartbeat.interval.ms': int(5000, {
    min: 1,
    doc: 'Shortest heartbeat interval that can be set for a consumer group.',
  }),
  'group.consumer.max.heartbeat.interval.ms': int(15_000, {
    min: 1,
    doc: 'Longest heartbeat interval that can be set for a consumer group.',
  }),
  'group.consumer.max.size': int(INT32_MAX, {
    min: 1,
    doc: 'Members of a consumer group.',
  }),
  'group.consumer.assignors': list(['uniform', 'range'], {
    doc: 'Ways of assigning partitions to members of consumer groups; the first is the default.',
  }),
  'group.consumer.migration.policy': text('bidirectional', {
    oneOf: ['disabled', 'downgrade', 'upgrade', 'bidirectional'],
    ignoreCase: true,
    doc: 'Whether groups may turn from the classic protocol to the consumer protocol and back while they run.',
  }),
}
