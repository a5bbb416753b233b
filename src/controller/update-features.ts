/** UpdateFeatures (FeatureControlManager in Apache Kafka; KIP-584, KIP-778): raises and lowers finalized levels. All of them or none. */
import {
  METADATA_VERSION,
  METADATA_VERSION_MIN,
  metadataRecord,
  metadataVersionName,
  supportedFeatures,
} from '../metadata/index.ts'
import type { FeatureRange, MetadataImage, MetadataRecord } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { UpdateFeaturesRequest, UpdateFeaturesResponse } from '../protocol/index.ts'
import { ELR_FEATURE, elrSafetyRecords } from './activation.ts'
import { noError } from './decision.ts'
import type {
  ApiError,
  ControllerContext,
  Decision,
  RequestInfo,
  RequestOf,
  ResponseOf,
} from './decision.ts'
import { ELR_RECORDS_SINCE } from './topic-rules.ts'

type Request = RequestOf<typeof UpdateFeaturesRequest>
type Response = ResponseOf<typeof UpdateFeaturesResponse>
type Update = Request['featureUpdates'][number]

const kinds = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const
const KRAFT_VERSION = 'kraft.version'
const NOTHING: FeatureRange = { min: 0, max: 0 }
/** Controllers say what they support from here on. */
const CONTROLLERS_REGISTER_SINCE = 15
/** In version 0 a downgrade is a flag. */
const KINDS_SINCE = 1
/** Levels of metadata.version that brought new forms of records: going below one of them would lose something. */
const LEVELS_WITH_NEW_RECORDS = [8, 11, 13, 14, 15, 17, 23, 30]

/** @param voterIds the controllers that vote */
export function updateFeatures(
  image: MetadataImage,
  request: Request,
  { nodeId, broker }: ControllerContext,
  { apiVersion }: Pick<RequestInfo, 'apiVersion'>,
  voterIds: readonly number[],
): Decision<Response> {
  const proposed = new Map<string, number>(image.features.levels)
  for (const { feature, maxVersionLevel } of request.featureUpdates) {
    proposed.set(feature, maxVersionLevel)
  }
  const records: MetadataRecord[] = []
  for (const update of request.featureUpdates) {
    const kind = kindOf(update, apiVersion)
    const problem =
      problemOf(image, update, kind, proposed) ?? unsupportedBy(image, update, nodeId, voterIds)
    if (problem !== null) {
      const { feature, maxVersionLevel } = update
      const message = `Invalid update version ${maxVersionLevel} for feature ${feature}. ${problem}`
      const error = { code: errorCodes.INVALID_UPDATE_VERSION, message }
      return { records: [], response: refuseUpdateFeatures(error) }
    }
    const { feature: name, maxVersionLevel: featureLevel } = update
    records.push(metadataRecord('featureLevel', { name, featureLevel }))
    const beginsElr = name === ELR_FEATURE && featureLevel > 0 && image.features.level(name) === 0
    if (beginsElr) records.push(...elrSafetyRecords(image, broker))
  }
  const response = success(request)
  return { records: request.validateOnly ? [] : records, response }
}

export function refuseUpdateFeatures({ code, message }: ApiError): Response {
  return { errorCode: code, errorMessage: message, results: [] }
}

/** Up to version 1 each feature has a result besides. */
function success({ featureUpdates }: Request): Response {
  const { code: errorCode, message: errorMessage } = noError
  const results = featureUpdates.map(({ feature }) => ({ feature, errorCode, errorMessage }))
  return { errorCode, errorMessage, results }
}

function kindOf({ upgradeType, allowDowngrade }: Update, apiVersion: number): number {
  if (apiVersion >= KINDS_SINCE) return upgradeType
  return allowDowngrade ? kinds.SAFE_DOWNGRADE : kinds.UPGRADE
}

function problemOf(
  { features }: MetadataImage,
  { feature, maxVersionLevel: level }: Update,
  kind: number,
  proposed: ReadonlyMap<string, number>,
): string | null {
  if (!Object.values<number>(kinds).includes(kind)) {
    return 'The controller does not support the given upgrade type.'
  }
  const isMetadata = feature === METADATA_VERSION
  const current = isMetadata ? features.metadataVersion : features.level(feature)
  if (level < 0) return 'A feature version cannot be less than 0.'
  if (feature === KRAFT_VERSION) return 'It is the version of the quorum, which does not change.'
  if (level < current && kind === kinds.UPGRADE) {
    return 'Going down needs a safe or unsafe downgrade.'
  }
  if (level > current && kind !== kinds.UPGRADE) return 'A downgrade does not go up.'
  if (isMetadata) return metadataVersionProblem(current, level)
  const metadataVersion = proposed.get(METADATA_VERSION) ?? features.metadataVersion
  if (feature === ELR_FEATURE && level > 0 && metadataVersion < ELR_RECORDS_SINCE) {
    return `It needs a metadata.version of ${metadataVersionName(ELR_RECORDS_SINCE)} or more.`
  }
  return null
}

function metadataVersionProblem(current: number, level: number): string | null {
  if (level < METADATA_VERSION_MIN) {
    return `The least metadata.version is ${metadataVersionName(METADATA_VERSION_MIN)}.`
  }
  const lost = LEVELS_WITH_NEW_RECORDS.find((one) => one > level && one <= current)
  if (lost === undefined) return null
  return `Records of ${metadataVersionName(lost)} would be lost: such a downgrade is not supported.`
}

/** Every broker and every controller must be able to work at the level; one that has not said what it can is taken not to be. */
function unsupportedBy(
  { cluster, features }: MetadataImage,
  { feature, maxVersionLevel: level }: Update,
  nodeId: number,
  voterIds: readonly number[],
): string | null {
  const problem = (who: string, range: FeatureRange = NOTHING): string | null => {
    if (level >= range.min && level <= range.max) return null
    return `${who} supports only versions ${range.min} to ${range.max}.`
  }
  const own = problem('The controller', supportedFeatures.get(feature))
  if (own !== null) return own
  for (const broker of cluster.brokers.values()) {
    const found = problem(`Broker ${broker.id}`, broker.features.get(feature))
    if (found !== null) return found
  }
  if (features.metadataVersion < CONTROLLERS_REGISTER_SINCE) return null
  for (const controller of cluster.controllers.values()) {
    if (controller.id === nodeId) continue
    const found = problem(`Controller ${controller.id}`, controller.features.get(feature))
    if (found !== null) return found
  }
  const silent = voterIds.find((id) => id !== nodeId && cluster.controllers.get(id) === undefined)
  return silent === undefined ? null : `Controller ${silent} has not registered.`
}
