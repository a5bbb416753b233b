/**
 * What a change of one broker does to the partitions (ReplicationControlManager.generateLeaderAndIsrUpdates in Apache Kafka): it leaves
 * the ISRs, others are elected in its place, partitions without a leader may get it.
 */
import type {
  BrokerSettings,
  MetadataImage,
  MetadataRecord,
  PartitionImage,
} from '../metadata/index.ts'
import { changePartition } from './partition-change.ts'
import { rulesByTopic } from './topic-rules.ts'

/** `left`: it is out of every ISR and leads nothing. `stopped uncleanly`: nor is it eligible. `joined`: it may lead. */
export type BrokerChangeKind = 'left' | 'stopped uncleanly' | 'joined'

/** One record for each partition that changes. The image still shows the broker as it was. */
export function* partitionChanges(
  image: MetadataImage,
  settings: BrokerSettings,
  brokerId: number,
  kind: BrokerChangeKind,
  concerns: (partition: PartitionImage) => boolean = concernedBy(brokerId, kind),
): Generator<MetadataRecord> {
  const { cluster } = image
  const mayLead = kind === 'joined' && cluster.broker(brokerId)?.inControlledShutdown === false
  const isActive = (id: number): boolean => (id === brokerId ? mayLead : cluster.isActive(id))
  const rulesOf = rulesByTopic(image, settings, { isActive })
  for (const topic of image.topics) {
    for (const partition of topic.partitions) {
      if (!concerns(partition)) continue
      const target = {
        isr: kind === 'joined' ? partition.isr : partition.isr.filter((id) => id !== brokerId),
        ...(kind === 'stopped uncleanly' ? { uncleanShutdown: brokerId } : {}),
      }
      const record = changePartition(topic.id, partition, target, rulesOf(topic))
      if (record !== null) yield record
    }
  }
}

function concernedBy(
  brokerId: number,
  kind: BrokerChangeKind,
): (partition: PartitionImage) => boolean {
  if (kind === 'joined') return ({ leader }) => leader < 0
  if (kind === 'left') return ({ isr }) => isr.includes(brokerId)
  return ({ isr, elr }) => isr.includes(brokerId) || elr.includes(brokerId)
}

export function leadsAnything({ topics }: MetadataImage, brokerId: number): boolean {
  for (const { partitions } of topics) {
    if (partitions.some(({ leader }) => leader === brokerId)) return true
  }
  return false
}

/**
 * No other broker is registered: there is nobody to hand partitions to, nor anybody who asks who leads, so the broker keeps what it leads
 * while it is away, and a restart with 10,000 partitions writes a handful of records.
 */
export function isAlone({ cluster }: MetadataImage, brokerId: number): boolean {
  return cluster.brokers.size === 1 && cluster.broker(brokerId) !== undefined
}
