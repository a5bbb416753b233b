/**
 * What consumers of the classic protocol write into the opaque bytes of JoinGroup and SyncGroup.
 *
 * The broker passes these bytes on unread. It reads them to describe a group, to know to which topics a group is subscribed
 * (OffsetDelete, KIP-496), and when a group changes its protocol (KIP-848). Both begin with an int16 version; newer versions only
 * add fields at the end, so an unknown version is read as the newest known one.
 */
import {
  array,
  bytes,
  field,
  int32,
  message,
  nullable,
  Reader,
  string,
  WireError,
  Writer,
} from '../wire/index.ts'
import type { Message } from '../wire/index.ts'

const topicPartition = { topic: string, partitions: array(int32) }

/**
 * The metadata of a member in JoinGroup.
 *
 * - 1: the partitions that the member still owns (KIP-429).
 * - 2: the generation in which it owned them (KIP-792).
 * - 3: rack (KIP-881).
 */
export const ConsumerProtocolSubscription = message(
  { name: 'ConsumerProtocolSubscription', versions: [0, 3] },
  {
    topics: array(string),
    userData: field(nullable(bytes), { default: null }),
    ownedPartitions: field(array(topicPartition), { since: 1 }),
    generationId: field(int32, { since: 2, default: -1 }),
    rackId: field(nullable(string), { since: 3, default: null }),
  },
)

/** The assignment of a member in SyncGroup; all versions are the same. */
export const ConsumerProtocolAssignment = message(
  { name: 'ConsumerProtocolAssignment', versions: [0, 3] },
  {
    assignedPartitions: array(topicPartition),
    userData: field(nullable(bytes), { default: null }),
  },
)

/** Reads one of the two messages above, with its version in front. Null when the bytes have another form. */
export function readConsumerProtocol<T>(message: Message<T, unknown>, bytes: Buffer): T | null {
  const reader = new Reader(bytes)
  const [first, last] = message.versions
  try {
    const version = reader.int16()
    return version < first ? null : message.decode(reader, Math.min(version, last))
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}

/** Writes one of the two messages above, with its version in front. */
export function writeConsumerProtocol<D>(
  message: Message<unknown, D>,
  version: number,
  draft: D,
): Buffer {
  const writer = new Writer()
  writer.int16(version)
  message.encode(writer, version, draft)
  return writer.toBuffer()
}
