/**
 * The metrics of a node, under the names that Kafka dashboards already use (the JMX exporter's and kafka_exporter's). Rooms keep plain
 * numbers; everything here runs only when somebody looks.
 */
import type { Metric, Sample } from '../io/index.ts'
import type { Partition } from '../replication/index.ts'
import { registerReplicationMetrics } from './replication-metrics.ts'
import type { Broker } from './services.ts'

type PartitionFigure = (partition: Partition) => number

/** Registers them all. Call once. */
export function registerBrokerMetrics(broker: Broker): void {
  const { metrics } = broker.io.telemetry
  const gauge = (name: string, help: string, value: () => number): void => {
    metrics.register({ name, help, kind: 'gauge', collect: () => [{ value: value() }] })
  }
  const perTopic = (name: string, help: string, figure: PartitionFigure): Metric => ({
    name,
    help,
    kind: 'counter',
    collect: () => sumByTopic(broker, figure),
  })
  const perPartition = (name: string, help: string, figure: PartitionFigure): Metric => ({
    name,
    help,
    kind: 'gauge',
    collect: () => byPartition(broker, figure),
  })

  metrics.register(
    perTopic(
      'kafka_server_brokertopicmetrics_messagesin_total',
      'Records appended, by topic',
      (p) => p.traffic.recordsIn,
    ),
  )
  metrics.register(
    perTopic(
      'kafka_server_brokertopicmetrics_bytesin_total',
      'Bytes appended, by topic',
      (p) => p.traffic.bytesIn,
    ),
  )
  metrics.register(
    perTopic(
      'kafka_server_brokertopicmetrics_bytesout_total',
      'Bytes read by consumers, by topic',
      (p) => p.traffic.bytesOut,
    ),
  )
  metrics.register(
    perPartition(
      'kafka_log_log_logendoffset',
      'Log end offset of partitions in use',
      (p) => p.log.logEnd,
    ),
  )
  metrics.register(
    perPartition(
      'kafka_log_log_logstartoffset',
      'Log start offset of partitions in use',
      (p) => p.log.logStart,
    ),
  )
  metrics.register(
    perPartition(
      'kafka_log_log_size',
      'Bytes on disk of partitions in use',
      (p) => p.log.sizeBytes,
    ),
  )
  metrics.register(
    perPartition(
      'kafka_topic_partition_current_offset',
      'High watermark of partitions in use',
      (p) => p.highWatermark,
    ),
  )
  metrics.register(
    perPartition(
      'kafka_topic_partition_oldest_offset',
      'Log start offset of partitions in use',
      (p) => p.log.logStart,
    ),
  )
  metrics.register(
    perPartition(
      'highwater_durability_durable_end',
      'Offset below which everything is on this disk',
      (p) => p.log.durableEnd,
    ),
  )
  metrics.register(
    perPartition(
      'highwater_durability_dirty_bytes',
      'Bytes in the page cache that no flush has covered',
      (p) => p.log.dirtyBytes,
    ),
  )

  gauge(
    'kafka_brokers',
    'Brokers that are alive',
    () => broker.image().cluster.aliveBrokers().length,
  )
  metrics.register({
    name: 'kafka_topic_partitions',
    help: 'Partitions, by topic',
    kind: 'gauge',
    collect: () =>
      Array.from(broker.image().topics, ({ name, partitions }) => ({
        labels: { topic: name },
        value: partitions.length,
      })),
  })
  gauge(
    'kafka_controller_kafkacontroller_activecontrollercount',
    '1 on the active controller',
    () => (broker.quorum.leaderId === broker.nodeId ? 1 : 0),
  )
  gauge(
    'kafka_controller_kafkacontroller_globalpartitioncount',
    'Partitions of the cluster',
    () => broker.image().topics.partitionCount,
  )
  gauge(
    'kafka_controller_kafkacontroller_offlinepartitionscount',
    'Partitions without a leader',
    () => countPartitions(broker, ({ leader }) => leader < 0),
  )
  registerReplicationMetrics(broker)
  gauge(
    'kafka_log_logmanager_offlinelogdirectorycount',
    'Log directories that failed',
    () => broker.logs.dirs.filter(({ failure }) => failure !== null).length,
  )
  gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss())
}

function* byPartition(broker: Broker, figure: PartitionFigure): Iterable<Sample> {
  for (const partition of usable(broker)) {
    const labels = { topic: partition.topic, partition: String(partition.index) }
    yield { labels, value: figure(partition) }
  }
}

function* usable(broker: Broker): Iterable<Partition> {
  for (const partition of broker.partitions.active()) if (partition.isUsable) yield partition
}

function* sumByTopic(broker: Broker, figure: PartitionFigure): Iterable<Sample> {
  const sums = new Map<string, number>()
  for (const partition of broker.partitions.active()) {
    sums.set(partition.topic, (sums.get(partition.topic) ?? 0) + figure(partition))
  }
  for (const [topic, value] of sums) yield { labels: { topic }, value }
}

type PartitionImage = NonNullable<ReturnType<ReturnType<Broker['image']>['topics']['partition']>>

function countPartitions(broker: Broker, matches: (partition: PartitionImage) => boolean): number {
  let count = 0
  for (const { partitions } of broker.image().topics) count += partitions.filter(matches).length
  return count
}
