/**
 * A broker drops out, comes back or is about to leave (ReplicationControlManager in Apache Kafka). The partitions change first and the
 * broker after them where it goes, the other way round where it comes: no image in between shows a leader that is fenced.
 */
import { metadataRecord } from '../metadata/index.ts'
import type {
  BrokerImage,
  BrokerSettings,
  MetadataImage,
  MetadataRecord,
} from '../metadata/index.ts'
import { isAlone, partitionChanges } from './leaderships.ts'

/** The broker is dead, or wants to be treated so: it leads nothing and stands in no ISR where anybody else does. */
export function* fence(
  image: MetadataImage,
  settings: BrokerSettings,
  { id, epoch }: BrokerImage,
): Generator<MetadataRecord> {
  if (!isAlone(image, id)) yield* partitionChanges(image, settings, id, 'left')
  yield metadataRecord('brokerRegistrationChange', { brokerId: id, brokerEpoch: epoch, fenced: 1 })
}

/** The broker takes part: it may lead, and gets the partitions that wait for it. */
export function* unfence(
  image: MetadataImage,
  settings: BrokerSettings,
  { id, epoch }: BrokerImage,
): Generator<MetadataRecord> {
  yield metadataRecord('brokerRegistrationChange', { brokerId: id, brokerEpoch: epoch, fenced: -1 })
  yield* partitionChanges(image, settings, id, 'joined')
}

/** The broker is about to leave: nothing new is placed on it, and others take over what it leads. */
export function* beginShutdown(
  image: MetadataImage,
  settings: BrokerSettings,
  { id, epoch, inControlledShutdown }: BrokerImage,
): Generator<MetadataRecord> {
  if (!inControlledShutdown) {
    const change = { brokerId: id, brokerEpoch: epoch, inControlledShutdown: 1 }
    yield metadataRecord('brokerRegistrationChange', change)
  }
  if (!isAlone(image, id)) yield* partitionChanges(image, settings, id, 'left')
}
