import { present } from '../../base/index.ts'
import type { Decoded, Draft, Message, Shape } from '../../wire/index.ts'
import { RegisterBrokerRecord } from './00-register-broker.ts'
import { UnregisterBrokerRecord } from './01-unregister-broker.ts'
import { TopicRecord } from './02-topic.ts'
import { PartitionRecord } from './03-partition.ts'
import { ConfigRecord } from './04-config.ts'
import { PartitionChangeRecord } from './05-partition-change.ts'
import { FenceBrokerRecord } from './07-fence-broker.ts'
import { UnfenceBrokerRecord } from './08-unfence-broker.ts'
import { RemoveTopicRecord } from './09-remove-topic.ts'
import { DelegationTokenRecord } from './10-delegation-token.ts'
import { UserScramCredentialRecord } from './11-user-scram-credential.ts'
import { FeatureLevelRecord } from './12-feature-level.ts'
import { ClientQuotaRecord } from './14-client-quota.ts'
import { ProducerIdsRecord } from './15-producer-ids.ts'
import { BrokerRegistrationChangeRecord } from './17-broker-registration-change.ts'
import { AccessControlEntryRecord } from './18-access-control-entry.ts'
import { RemoveAccessControlEntryRecord } from './19-remove-access-control-entry.ts'
import { NoOpRecord } from './20-no-op.ts'
import { ZkMigrationStateRecord } from './21-zk-migration-state.ts'
import { RemoveUserScramCredentialRecord } from './22-remove-user-scram-credential.ts'
import { BeginTransactionRecord } from './23-begin-transaction.ts'
import { EndTransactionRecord } from './24-end-transaction.ts'
import { AbortTransactionRecord } from './25-abort-transaction.ts'
import { RemoveDelegationTokenRecord } from './26-remove-delegation-token.ts'
import { RegisterControllerRecord } from './27-register-controller.ts'
import { ClearElrRecord } from './28-clear-elr.ts'

/** Every record of the metadata log of Kafka 4.3, by the name we use in code. Numbers 6, 13 and 16 are not in use. */
export const recordSchemas = {
  registerBroker: RegisterBrokerRecord,
  unregisterBroker: UnregisterBrokerRecord,
  topic: TopicRecord,
  partition: PartitionRecord,
  config: ConfigRecord,
  partitionChange: PartitionChangeRecord,
  fenceBroker: FenceBrokerRecord,
  unfenceBroker: UnfenceBrokerRecord,
  removeTopic: RemoveTopicRecord,
  delegationToken: DelegationTokenRecord,
  userScramCredential: UserScramCredentialRecord,
  featureLevel: FeatureLevelRecord,
  clientQuota: ClientQuotaRecord,
  producerIds: ProducerIdsRecord,
  brokerRegistrationChange: BrokerRegistrationChangeRecord,
  accessControlEntry: AccessControlEntryRecord,
  removeAccessControlEntry: RemoveAccessControlEntryRecord,
  noOp: NoOpRecord,
  zkMigrationState: ZkMigrationStateRecord,
  removeUserScramCredential: RemoveUserScramCredentialRecord,
  beginTransaction: BeginTransactionRecord,
  endTransaction: EndTransactionRecord,
  abortTransaction: AbortTransactionRecord,
  removeDelegationToken: RemoveDelegationTokenRecord,
  registerController: RegisterControllerRecord,
  clearElr: ClearElrRecord,
}

type Schemas = typeof recordSchemas

export type MetadataRecordType = keyof Schemas

/** What a record says: every field of its schema, whatever version it was read from. */
export type RecordValue<T extends MetadataRecordType> = Readonly<Decoded<Schemas[T]>>

/** One record of the metadata log. */
export type MetadataRecord = {
  [T in MetadataRecordType]: { readonly type: T; readonly value: RecordValue<T> }
}[MetadataRecordType]

export type RecordOf<T extends MetadataRecordType> = Extract<MetadataRecord, { readonly type: T }>

/** The schemas by record type number, the `apiKey` of the frame. */
export const metadataRecords: ReadonlyMap<number, Message<unknown, unknown>> = new Map(
  Object.values(recordSchemas).map((schema) => [
    present(schema.key, `${schema.name} has no type number`),
    schema as Message<unknown, unknown>,
  ]),
)

/**
 * Makes a record from the fields that differ from the schema's defaults:
 * `metadataRecord('partitionChange', { topicId, partitionId: 3, leader: 1 })`.
 */
export function metadataRecord<T extends MetadataRecordType>(
  type: T,
  draft: Draft<Schemas[T]>,
): RecordOf<T> {
  return { type, value: { ...defaultsOf(recordSchemas[type].shape), ...draft } } as RecordOf<T>
}

const defaultsByShape = new WeakMap<Shape, Readonly<Record<string, unknown>>>()

function defaultsOf(shape: Shape): Readonly<Record<string, unknown>> {
  const known = defaultsByShape.get(shape)
  if (known !== undefined) return known
  const defaults: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(shape)) {
    if (!('options' in entry)) continue
    // null is a default, too.
    const { type, options } = entry
    defaults[name] = options.default === undefined ? type.initial : options.default
  }
  defaultsByShape.set(shape, defaults)
  return defaults
}
