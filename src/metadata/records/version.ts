import type { MetadataRecord, RecordValue } from './record.ts'

/**
 * The record version to write at a given level of `metadata.version` (MetadataVersion in Apache Kafka):
 * every node that may run at that level can read it.
 */
export function recordVersion(record: MetadataRecord, metadataVersion: number): number {
  switch (record.type) {
    case 'registerBroker':
      return registerBrokerVersion(metadataVersion)
    case 'partition':
    case 'partitionChange':
      return partitionVersion(metadataVersion)
    case 'brokerRegistrationChange':
      return registrationChangeVersion(record.value)
    default:
      return 0
  }
}

function registerBrokerVersion(metadataVersion: number): number {
  if (metadataVersion >= 30) return 4 // cordoned log directories
  if (metadataVersion >= 17) return 3 // log directories
  if (metadataVersion >= 8) return 2 // migration from ZooKeeper
  return 1 // controlled shutdown
}

function partitionVersion(metadataVersion: number): number {
  if (metadataVersion >= 23) return 2 // eligible leader replicas
  if (metadataVersion >= 17) return 1 // log directories
  return 0
}

/** Chosen by content, not by level: the lowest version that can say it, as Apache's controllers do. */
function registrationChangeVersion(value: RecordValue<'brokerRegistrationChange'>): number {
  if (value.cordonedLogDirs !== null) return 3
  if (value.logDirs.length > 0) return 2
  if (value.inControlledShutdown !== 0) return 1
  return 0
}
