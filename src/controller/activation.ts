/** What a controller writes when it becomes active (ActivationRecordsGenerator in Apache Kafka). */
import { configResourceTypes, METADATA_VERSION, metadataRecord } from '../metadata/index.ts'
import type { BrokerSettings, MetadataImage, MetadataRecord } from '../metadata/index.ts'

export const ELR_FEATURE = 'eligible.leader.replicas.version'
export const MIN_IN_SYNC_REPLICAS = 'min.insync.replicas'

/**
 * Ends what a predecessor left unfinished and, in an empty log, writes the first records as one metadata transaction.
 *
 * @param isTransactionOpen the log has a metadata transaction without end: whoever wrote it is gone
 * @param bootstrap the records that formatting left for this moment
 * @param broker this node's configuration
 */
export function activationRecords(
  image: MetadataImage,
  isTransactionOpen: boolean,
  bootstrap: readonly MetadataRecord[],
  broker: BrokerSettings,
): MetadataRecord[] {
  const records: MetadataRecord[] = []
  if (isTransactionOpen) {
    records.push(metadataRecord('abortTransaction', { reason: 'Controller failover' }))
  }
  if (image.features.levels.has(METADATA_VERSION)) return records
  const hasElr = bootstrap.some(
    ({ type, value }) =>
      type === 'featureLevel' && value.name === ELR_FEATURE && value.featureLevel > 0,
  )
  records.push(
    metadataRecord('beginTransaction', { name: 'Bootstrap records' }),
    ...bootstrap,
    ...(hasElr ? elrSafetyRecords(image, broker) : []),
    metadataRecord('endTransaction', {}),
  )
  return records
}

/**
 * With eligible leader replicas, min.insync.replicas must be one number for the whole cluster and not that of each broker's file
 * (KIP-966), so it is written down, and what was set for single brokers goes.
 */
export function elrSafetyRecords(
  { configs }: MetadataImage,
  broker: BrokerSettings,
): MetadataRecord[] {
  const { BROKER: resourceType } = configResourceTypes
  const name = MIN_IN_SYNC_REPLICAS
  const records: MetadataRecord[] = []
  if (!configs.ofDefaultBroker().has(name)) {
    const value = String(broker.get(name))
    records.push(metadataRecord('config', { resourceType, resourceName: '', name, value }))
  }
  for (const { resource, values } of configs.resources()) {
    const isSingle = resource.type === resourceType && resource.name !== ''
    if (!isSingle || !values.has(name)) continue
    const { name: resourceName } = resource
    records.push(metadataRecord('config', { resourceType, resourceName, name, value: null }))
  }
  return records
}
