/** Metrics of replication, under the names of Kafka's JMX exporter where Kafka has them. Everything here runs only when somebody looks. */
import type { Sample } from '../io/index.ts'
import type { PartitionImage } from '../metadata/index.ts'
import { topicSettings } from '../metadata/index.ts'
import { recordsLost, recordsOnFewerDisks } from '../replication/index.ts'
import type { Partition } from '../replication/index.ts'
import type { Broker } from './services.ts'

/** Registers them all. Call once. */
export function registerReplicationMetrics(broker: Broker): void {
  const { metrics } = broker.io.telemetry
  const register = (
    kind: 'gauge' | 'counter',
    name: string,
    help: string,
    collect: () => Iterable<Sample>,
  ): void => void metrics.register({ name, help, kind, collect })
  const gauge = (name: string, help: string, value: () => number): void =>
    register('gauge', `kafka_server_replicamanager_${name}`, help, () => [{ value: value() }])
  const counter = (name: string, help: string, value: () => number): void =>
    register('counter', `kafka_server_replicamanager_${name}`, help, () => [{ value: value() }])

  gauge('leadercount', 'Partitions that this node leads', () => count(led(broker)))
  gauge('partitioncount', 'Partitions of the cluster that this node has a replica of', () =>
    countWhere(all(broker), ({ image }) => image.replicas.includes(broker.nodeId)),
  )
  gauge('underreplicatedpartitions', 'Led partitions with replicas out of sync', () =>
    countWhere(
      led(broker),
      ({ image }) => image.isr.length < image.replicas.length - image.addingReplicas.length,
    ),
  )
  gauge(
    'underminisrpartitioncount',
    'Led partitions with fewer replicas in sync than min.insync.replicas',
    () => countWhere(led(broker), ({ image, minIsr }) => image.isr.length < minIsr),
  )
  gauge(
    'atminisrpartitioncount',
    'Led partitions with just as many replicas in sync as min.insync.replicas',
    () => countWhere(led(broker), ({ image, minIsr }) => image.isr.length === minIsr),
  )
  gauge('reassigningpartitions', 'Led partitions that get other replicas', () =>
    countWhere(
      led(broker),
      ({ image }) => image.addingReplicas.length + image.removingReplicas.length > 0,
    ),
  )
  gauge('offlinereplicacount', 'Replicas of this node whose log cannot be used', () =>
    countWhere(broker.partitions.active(), (partition) => !partition.isUsable),
  )
  counter('isrexpands_total', 'Replicas that came in sync again', () => {
    return broker.partitions.isrCounts.expands
  })
  counter('isrshrinks_total', 'Replicas that fell out of sync', () => {
    return broker.partitions.isrCounts.shrinks
  })
  counter('failedisrupdates_total', 'Changes of in-sync sets that the controller refused', () => {
    return broker.partitions.isrCounts.failed
  })
  registerLags(broker, register)
  registerExposure(broker, register)
}

type Register = (
  kind: 'gauge' | 'counter',
  name: string,
  help: string,
  collect: () => Iterable<Sample>,
) => void

function registerLags(broker: Broker, register: Register): void {
  register(
    'gauge',
    'kafka_server_replicafetchermanager_maxlag',
    'Committed records that the most backward replica of this node has not fetched',
    () => [{ labels: { clientid: 'Replica' }, value: Math.max(0, ...followerLags(broker)) }],
  )
  register(
    'gauge',
    'highwater_replication_follower_lag',
    'Records of the leader that a follower has not acknowledged, by partition and follower',
    () => followersOfLed(broker),
  )
}

function registerExposure(broker: Broker, register: Register): void {
  register(
    'gauge',
    'highwater_exposure_records',
    'Committed records of led partitions that are on fewer disks than that, as far as their leader knows',
    () => exposureByPartition(broker),
  )
  register(
    'gauge',
    'highwater_exposure_rack_records',
    'Committed records of led partitions that would be lost if the rack lost power now',
    () => exposureByRack(broker),
  )
}

interface Surveyed {
  readonly image: PartitionImage
  readonly minIsr: number
}

function* all(broker: Broker): Generator<Surveyed> {
  const { topics, configs } = broker.image()
  for (const topic of topics) {
    const settings = topicSettings(configs.ofTopic(topic.name), broker.brokerSettings())
    for (const image of topic.partitions) {
      yield { image, minIsr: Math.min(settings.minInsyncReplicas, image.replicas.length) }
    }
  }
}

function* led(broker: Broker): Generator<Surveyed> {
  for (const surveyed of all(broker)) if (surveyed.image.leader === broker.nodeId) yield surveyed
}

function* usable(broker: Broker): Generator<Partition> {
  for (const partition of broker.partitions.active()) if (partition.isUsable) yield partition
}

function* followerLags(broker: Broker): Generator<number> {
  for (const { follower } of usable(broker)) if (follower !== null) yield follower.lag
}

function* followersOfLed(broker: Broker): Generator<Sample> {
  for (const { leader, log, topic, index } of usable(broker)) {
    for (const { nodeId, ackedEnd } of leader?.state.followers ?? []) {
      const labels = { topic, partition: String(index), follower: String(nodeId) }
      yield { labels, value: log.logEnd - Math.max(ackedEnd, log.logStart) }
    }
  }
}

function* exposureByPartition(broker: Broker): Generator<Sample> {
  for (const { leader, log, topic, index, highWatermark } of usable(broker)) {
    if (leader === null) continue
    const ends = leader.replicaEnds()
    for (const disks of [1, 2]) {
      if (disks > ends.length) continue
      const labels = { topic, partition: String(index), fewer_than_disks: String(disks) }
      yield { labels, value: recordsOnFewerDisks(ends, disks, log.logStart, highWatermark) }
    }
  }
}

function* exposureByRack(broker: Broker): Generator<Sample> {
  const { cluster } = broker.image()
  const rackOf = (id: number): string => cluster.broker(id)?.rack ?? ''
  const racks = new Set([...cluster.brokers.values()].map(({ id }) => rackOf(id)))
  const leaders = [...usable(broker)].filter(({ leader }) => leader !== null)
  for (const rack of racks) {
    let value = 0
    for (const partition of leaders) value += lostWith(partition, (id) => rackOf(id) === rack)
    yield { labels: { rack }, value }
  }
}

function lostWith(partition: Partition, isDark: (nodeId: number) => boolean): number {
  const { leader, log, highWatermark } = partition
  if (leader === null) return 0
  return recordsLost(leader.replicaEnds(), isDark, log.logStart, highWatermark)
}

function count(items: Iterable<unknown>): number {
  return countWhere(items, () => true)
}

function countWhere<T>(items: Iterable<T>, matches: (item: T) => boolean): number {
  let found = 0
  for (const item of items) if (matches(item)) found += 1
  return found
}
