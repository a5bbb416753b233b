import { unreachable } from '../../base/index.ts'
import type { MetadataRecord } from '../records/record.ts'
import { AclsEditor, noAcls } from './acls.ts'
import type { AclsImage } from './acls.ts'
import { ClusterEditor, ClusterImage } from './brokers.ts'
import type { ClusterDelta } from './brokers.ts'
import { ClientQuotasEditor, ClientQuotasImage } from './client-quotas.ts'
import { ConfigsEditor, ConfigsImage } from './configs.ts'
import type { ConfigResource } from './configs.ts'
import { DelegationTokensEditor, noDelegationTokens } from './delegation-tokens.ts'
import type { DelegationTokensImage } from './delegation-tokens.ts'
import { FeaturesEditor, FeaturesImage } from './features.ts'
import { applyProducerIds, noProducerIds } from './producer-ids.ts'
import type { ProducerIdsImage } from './producer-ids.ts'
import { ScramEditor, ScramImage } from './scram.ts'
import { TopicsEditor, TopicsImage } from './topics.ts'
import type { TopicsDelta } from './topics.ts'

/** How far in the metadata log an image reaches. */
export interface Provenance {
  /** Offset of the last record that the image knows; -1: none. */
  readonly offsetLast: number
  /** Leader epoch of that record's batch; -1: none. */
  readonly epoch: number
  /** Append time of that record's batch, in milliseconds; -1: none. */
  readonly timestampMs: number
}

/**
 * Everything the cluster has agreed on, as of one offset of the metadata log. Never changes: each batch
 * of committed records gives a new image that shares with the old one what the batch did not touch.
 */
export interface MetadataImage {
  readonly provenance: Provenance
  readonly features: FeaturesImage
  readonly cluster: ClusterImage
  readonly topics: TopicsImage
  readonly configs: ConfigsImage
  readonly clientQuotas: ClientQuotasImage
  readonly producerIds: ProducerIdsImage
  readonly acls: AclsImage
  readonly scram: ScramImage
  readonly delegationTokens: DelegationTokensImage
}

export const emptyImage: MetadataImage = {
  provenance: { offsetLast: -1, epoch: -1, timestampMs: -1 },
  features: FeaturesImage.empty,
  cluster: ClusterImage.empty,
  topics: TopicsImage.empty,
  configs: ConfigsImage.empty,
  clientQuotas: ClientQuotasImage.empty,
  producerIds: noProducerIds,
  acls: noAcls,
  scram: ScramImage.empty,
  delegationTokens: noDelegationTokens,
}

/** What differs between two images, for those who act on changes. */
export interface MetadataDelta {
  readonly before: MetadataImage
  readonly image: MetadataImage
  readonly topics: TopicsDelta
  readonly cluster: ClusterDelta
  /** Resources of which at least one key was set or removed. */
  readonly configs: readonly ConfigResource[]
}

/**
 * The image after `records`. For one or a few records at a time; who has many folds them with one
 * {@link ImageEditor}.
 *
 * @throws MetadataError `INCONSISTENT_RECORD`; `image` stays as it was
 */
export function applyRecords(
  image: MetadataImage,
  records: Iterable<MetadataRecord>,
  provenance: Provenance = image.provenance,
): MetadataImage {
  const editor = new ImageEditor(image)
  for (const record of records) editor.apply(record)
  return editor.finish(provenance).image
}

/**
 * Folds records into an image that nobody sees before {@link finish}. Within one editor nothing is
 * copied twice, so the cost of a batch is the size of what it touches, not of the image.
 *
 * Records that begin, end or abort a transaction change nothing here: the loader decides which records
 * count.
 */
export class ImageEditor {
  readonly #base: MetadataImage
  readonly #features: FeaturesEditor
  readonly #cluster: ClusterEditor
  readonly #topics: TopicsEditor
  readonly #configs: ConfigsEditor
  readonly #clientQuotas: ClientQuotasEditor
  #producerIds: ProducerIdsImage
  readonly #acls: AclsEditor
  readonly #scram: ScramEditor
  readonly #delegationTokens: DelegationTokensEditor

  constructor(base: MetadataImage) {
    this.#base = base
    this.#features = new FeaturesEditor(base.features)
    this.#cluster = new ClusterEditor(base.cluster)
    this.#topics = new TopicsEditor(base.topics)
    this.#configs = new ConfigsEditor(base.configs)
    this.#clientQuotas = new ClientQuotasEditor(base.clientQuotas)
    this.#producerIds = base.producerIds
    this.#acls = new AclsEditor(base.acls)
    this.#scram = new ScramEditor(base.scram)
    this.#delegationTokens = new DelegationTokensEditor(base.delegationTokens)
  }

  /** @throws MetadataError `INCONSISTENT_RECORD`; the editor is of no more use then */
  apply(record: MetadataRecord): void {
    const { type, value } = record
    switch (type) {
      case 'registerBroker':
        return this.#cluster.registerBroker(value)
      case 'unregisterBroker':
        return this.#cluster.unregisterBroker(value)
      case 'fenceBroker':
        return this.#cluster.fenceBroker(value, true)
      case 'unfenceBroker':
        return this.#cluster.fenceBroker(value, false)
      case 'brokerRegistrationChange':
        return this.#cluster.changeBroker(value)
      case 'registerController':
        return this.#cluster.registerController(value)
      case 'topic':
        return this.#topics.addTopic(value)
      case 'partition':
        return this.#topics.setPartition(value)
      case 'partitionChange':
        return this.#topics.changePartition(value)
      case 'clearElr':
        return this.#topics.clearElr(value)
      case 'removeTopic':
        return this.#configs.removeTopic(this.#topics.removeTopic(value))
      case 'config':
        return this.#configs.apply(value)
      case 'clientQuota':
        return this.#clientQuotas.apply(value)
      case 'featureLevel':
        return this.#features.setLevel(value)
      case 'producerIds':
        this.#producerIds = applyProducerIds(this.#producerIds, value)
        return
      case 'accessControlEntry':
        return this.#acls.add(value)
      case 'removeAccessControlEntry':
        return this.#acls.remove(value)
      case 'userScramCredential':
        return this.#scram.set(value)
      case 'removeUserScramCredential':
        return this.#scram.remove(value)
      case 'delegationToken':
        return this.#delegationTokens.set(value)
      case 'removeDelegationToken':
        return this.#delegationTokens.remove(value)
      case 'noOp':
      case 'zkMigrationState':
      case 'beginTransaction':
      case 'endTransaction':
      case 'abortTransaction':
        return
      default:
        return unreachable(type)
    }
  }

  /** The new image and what changed. The editor is done afterwards. */
  finish(provenance: Provenance): MetadataDelta {
    const topics = this.#topics.finish()
    const cluster = this.#cluster.finish()
    const configs = this.#configs.finish()
    return {
      before: this.#base,
      image: {
        provenance,
        features: this.#features.finish(),
        cluster: cluster.image,
        topics: topics.image,
        configs: configs.image,
        clientQuotas: this.#clientQuotas.finish(),
        producerIds: this.#producerIds,
        acls: this.#acls.finish(),
        scram: this.#scram.finish(),
        delegationTokens: this.#delegationTokens.finish(),
      },
      topics: topics.delta,
      cluster: cluster.delta,
      configs: configs.delta,
    }
  }
}
