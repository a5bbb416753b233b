/**
 * The records of `__consumer_offsets` that the classic protocol writes, byte for byte as Apache Kafka 4.3 does
 * (org.apache.kafka.coordinator.group.GroupCoordinatorRecordHelpers, and the schemas in kafka-group-coordinator).
 *
 * Key: int16 type, then the key's fields. Value: int16 version, then the value's fields; no value deletes the key.
 */
import type { Uuid } from '../../base/index.ts'
import {
  array,
  bytes,
  field,
  int32,
  int64,
  message,
  nullable,
  Reader,
  string,
  uuid,
  Writer,
} from '../../wire/index.ts'
import type { Decoded, Draft, Message } from '../../wire/index.ts'
import type { DraftRecord } from '../runtime/index.ts'

/** Key types. 0 and 1 are the same; 0 was written before Kafka 0.9. From 3 on they belong to the newer group protocols. */
const LEGACY_OFFSET_COMMIT = 0
const OFFSET_COMMIT = 1
const GROUP_METADATA = 2

export const OffsetCommitKey = message(
  { name: 'OffsetCommitKey', key: OFFSET_COMMIT, versions: [0, 0] },
  { group: string, topic: string, partition: int32 },
)

export const OffsetCommitValue = message(
  { name: 'OffsetCommitValue', key: OFFSET_COMMIT, versions: [0, 4], flexibleSince: 4 },
  {
    offset: int64,
    leaderEpoch: field(int32, { since: 3, default: -1 }),
    metadata: string,
    commitTimestamp: int64,
    expireTimestamp: field(int64, { since: 1, until: 1, default: -1 }),
    topicId: field(uuid, { since: 4, tag: 0 }),
  },
)

export const GroupMetadataKey = message(
  { name: 'GroupMetadataKey', key: GROUP_METADATA, versions: [0, 0] },
  { group: string },
)

export const GroupMetadataValue = message(
  { name: 'GroupMetadataValue', key: GROUP_METADATA, versions: [0, 4], flexibleSince: 4 },
  {
    protocolType: string,
    generation: int32,
    protocol: nullable(string),
    leader: nullable(string),
    currentStateTimestamp: field(int64, { since: 2, default: -1 }),
    members: array({
      memberId: string,
      groupInstanceId: field(nullable(string), { since: 3, default: null }),
      clientId: string,
      clientHost: string,
      rebalanceTimeout: field(int32, { since: 1, default: -1 }),
      sessionTimeout: int32,
      subscription: bytes,
      assignment: bytes,
    }),
  },
)

const OFFSET_COMMIT_VERSION = 4
/** The only version that holds an expiry of its own; it lacks leader epoch and topic id. */
const OFFSET_COMMIT_VERSION_WITH_EXPIRY = 1
const GROUP_METADATA_VERSION = 3

export type GroupMetadata = Decoded<typeof GroupMetadataValue>

/** A key that this coordinator understands. */
export type GroupKey =
  | {
      readonly kind: 'offset'
      readonly group: string
      readonly topic: string
      readonly partition: number
    }
  | { readonly kind: 'group'; readonly group: string }

/** What a consumer has committed for one partition. */
export interface CommittedOffset {
  readonly offset: number
  /** -1: unknown. */
  readonly leaderEpoch: number
  readonly metadata: string
  /** Wall clock of the broker. */
  readonly commitTimestampMs: number
  /** -1: as the retention of the broker says. Otherwise asked for by a client of old. */
  readonly expireTimestampMs: number
  /** All zero: unknown. */
  readonly topicId: Uuid
}

/**
 * Reads a key. Null for the types of other group protocols, which a broker may meet in a log of Apache Kafka.
 *
 * @throws WireError when the bytes are not what their type says
 */
export function readKey(key: Buffer): GroupKey | null {
  const reader = new Reader(key)
  switch (reader.int16()) {
    case LEGACY_OFFSET_COMMIT:
    case OFFSET_COMMIT:
      return { kind: 'offset', ...OffsetCommitKey.decode(reader, 0) }
    case GROUP_METADATA:
      return { kind: 'group', ...GroupMetadataKey.decode(reader, 0) }
    default:
      return null
  }
}

/** @throws WireError; Error when the version is newer than ours */
export function readOffsetCommit(value: Buffer): CommittedOffset {
  const decoded = readValue(OffsetCommitValue, value)
  return {
    offset: decoded.offset,
    leaderEpoch: decoded.leaderEpoch,
    metadata: decoded.metadata,
    commitTimestampMs: decoded.commitTimestamp,
    expireTimestampMs: decoded.expireTimestamp,
    topicId: decoded.topicId,
  }
}

/** @throws WireError; Error when the version is newer than ours */
export function readGroupMetadata(value: Buffer): GroupMetadata {
  return readValue(GroupMetadataValue, value)
}

function readValue<T>(schema: Message<T, unknown>, value: Buffer): T {
  const reader = new Reader(value)
  const version = reader.int16()
  const [first, last] = schema.versions
  if (version < first || version > last) {
    throw new Error(
      `Cannot read a ${schema.name}: found version ${version}, wanted ${first} to ${last}`,
    )
  }
  return schema.decode(reader, version)
}

function write<D>(prefix: number, schema: Message<unknown, D>, version: number, draft: D): Buffer {
  const writer = new Writer()
  writer.int16(prefix)
  schema.encode(writer, version, draft)
  return writer.toBuffer()
}

export function offsetCommitRecord(
  group: string,
  topic: string,
  partition: number,
  committed: CommittedOffset,
): DraftRecord {
  const hasExpiry = committed.expireTimestampMs !== -1
  const version = hasExpiry ? OFFSET_COMMIT_VERSION_WITH_EXPIRY : OFFSET_COMMIT_VERSION
  const value = write(version, OffsetCommitValue, version, {
    offset: committed.offset,
    leaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    commitTimestamp: committed.commitTimestampMs,
    expireTimestamp: committed.expireTimestampMs,
    topicId: committed.topicId,
  })
  return { key: offsetKey(group, topic, partition), value }
}

export function offsetTombstone(group: string, topic: string, partition: number): DraftRecord {
  return { key: offsetKey(group, topic, partition), value: null }
}

function offsetKey(group: string, topic: string, partition: number): Buffer {
  return write(OFFSET_COMMIT, OffsetCommitKey, 0, { group, topic, partition })
}

export function groupMetadataRecord(
  group: string,
  metadata: Draft<typeof GroupMetadataValue>,
): DraftRecord {
  const version = GROUP_METADATA_VERSION
  return { key: groupKey(group), value: write(version, GroupMetadataValue, version, metadata) }
}

export function groupTombstone(group: string): DraftRecord {
  return { key: groupKey(group), value: null }
}

function groupKey(group: string): Buffer {
  return write(GROUP_METADATA, GroupMetadataKey, 0, { group })
}
