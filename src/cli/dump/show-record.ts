/** Records by what they mean: control records, metadata, offsets and groups, and those of applications. */
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  readConsumerProtocol,
} from '../../protocol/index.ts'
import { readGroupMetadata, readKey, readOffsetCommit } from '../../coordinators/groups/index.ts'
import { decodeRecord } from '../../metadata/index.ts'
import {
  controlTypes,
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from '../../quorum/index.ts'
import {
  ABORT,
  COMMIT,
  coordinatorEpochOf,
  isControl,
  readControlRecord,
} from '../../records/index.ts'
import type { BatchHeader, RecordView } from '../../records/index.ts'
import { Reader } from '../../wire/index.ts'
import type { Message } from '../../wire/index.ts'
import { bytesToJson } from '../text/json-lines.ts'
import type { RecordKind } from './file-kind.ts'
import type { Item } from './item.ts'

/** How the records of a file are shown. What cannot be decoded is shown as it is, with the reason. */
export function recordShower(kind: RecordKind): (record: RecordView, header: BatchHeader) => Item {
  const show = { metadata: metadataItem, groupOffsets: groupItem, plain: plainItem }[kind]
  return (record, header) => {
    try {
      return isControl(header) ? controlItem(record) : show(record)
    } catch (error) {
      return { ...plainItem(record), problem: (error as Error).message }
    }
  }
}

function plainItem({ offset, timestampMs, key, value, headers }: RecordView): Item {
  return {
    kind: 'record',
    offset,
    ts: timestampMs,
    ...(headers.length > 0 && {
      headers: headers.flatMap((header) => [header.key, bytesToJson(header.value)]),
    }),
    key: bytesToJson(key),
    payload: bytesToJson(value),
  }
}

function metadataItem({ offset, timestampMs, value }: RecordView): Item {
  if (value === null) throw new Error('a metadata record without a value')
  const record = decodeRecord(value)
  return { kind: 'record', offset, ts: timestampMs, type: record.type, value: record.value }
}

/** Schemas of control records by type. */
const CONTROL_SCHEMAS: ReadonlyMap<number, Message<unknown, never>> = new Map<
  number,
  Message<unknown, never>
>([
  [controlTypes.leaderChange, LeaderChangeMessage],
  [controlTypes.snapshotHeader, SnapshotHeaderRecord],
  [controlTypes.snapshotFooter, SnapshotFooterRecord],
  [controlTypes.kraftVersion, KRaftVersionRecord],
  [controlTypes.kraftVoters, VotersRecord],
])

function controlItem(record: RecordView): Item {
  const { type, value } = readControlRecord(record)
  const base = { kind: 'control', offset: record.offset, ts: record.timestampMs }
  if (type === ABORT || type === COMMIT) {
    const coordinatorEpoch = coordinatorEpochOf(record)
    return { ...base, type: type === COMMIT ? 'commit' : 'abort', coordinatorEpoch }
  }
  const schema = CONTROL_SCHEMAS.get(type)
  if (schema === undefined) return { ...base, type, value: bytesToJson(value) }
  // Each value begins with its version.
  const version = Math.min(value.readInt16BE(0), schema.versions[1])
  return { ...base, type: schema.name, value: schema.decode(new Reader(value), version) }
}

function groupItem(record: RecordView): Item {
  const key = record.key === null ? null : readKey(record.key)
  if (key === null) return plainItem(record)
  const { kind: type, ...names } = key
  const base = { kind: 'record', offset: record.offset, ts: record.timestampMs, type, ...names }
  if (record.value === null) return { ...base, value: null }
  if (type === 'offset') return { ...base, value: readOffsetCommit(record.value) }
  const { members, ...group } = readGroupMetadata(record.value)
  return { ...base, value: { ...group, members: members.map(memberValue) } }
}

type Member = ReturnType<typeof readGroupMetadata>['members'][number]

/** With what consumers wrote into the bytes that the coordinator passes on unread. */
function memberValue({ subscription, assignment, ...member }: Member): unknown {
  const subscribed = readConsumerProtocol(ConsumerProtocolSubscription, subscription)
  const assigned = readConsumerProtocol(ConsumerProtocolAssignment, assignment)
  return {
    ...member,
    subscription: subscribed?.topics ?? bytesToJson(subscription),
    assignment: assigned?.assignedPartitions ?? bytesToJson(assignment),
  }
}
