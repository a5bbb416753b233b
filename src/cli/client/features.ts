/** Levels of features of the cluster, such as metadata.version (KIP-584, KIP-778, KIP-1022). */
import {
  METADATA_VERSION,
  metadataVersionLevel,
  metadataVersionName,
} from '../../metadata/index.ts'
import { errorCodes, UpdateFeaturesRequest, UpdateFeaturesResponse } from '../../protocol/index.ts'
import { UsageError } from '../failure.ts'
import type { ClusterClient } from './cluster-client.ts'
import { checkError, KafkaError } from './errors.ts'

export interface FeatureState {
  readonly name: string
  /** In force; 0: off. */
  readonly level: number
  /** What the broker that was asked can work with; null: it does not say. */
  readonly min: number | null
  readonly max: number | null
}

/** By name. Empty where the cluster is too old for features. */
export async function listFeatures(client: ClusterClient): Promise<FeatureState[]> {
  const { apiVersions } = await client.any()
  const levels = new Map(
    apiVersions?.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]),
  )
  const ranges = new Map(apiVersions?.supportedFeatures.map((range) => [range.name, range]))
  const names = [...new Set([...levels.keys(), ...ranges.keys()])].sort()
  return names.map((name) => {
    const { minVersion = null, maxVersion = null } = ranges.get(name) ?? {}
    return { name, level: levels.get(name) ?? 0, min: minVersion, max: maxVersion }
  })
}

export interface FeatureLevel {
  readonly name: string
  readonly level: number
}

/** Reads `group.version=1` and `metadata.version=4.3-IV0`. Throws UsageError. */
export function parseFeatureLevel([name, text]: readonly [string, string]): FeatureLevel {
  const isNumber = /^\d{1,4}$/.test(text)
  const named = name === METADATA_VERSION ? metadataVersionLevel(text) : undefined
  const level = isNumber ? Number(text) : named
  if (level !== undefined) return { name, level }
  const wanted = name === METADATA_VERSION ? 'a number, or a release such as 4.3' : 'a number'
  throw new UsageError(`Cannot read the level '${text}' of ${name}: wanted ${wanted}`)
}

/** The level, and what the level of metadata.version is called. */
export function levelText({ name, level }: FeatureLevel): string {
  const called = name === METADATA_VERSION ? metadataVersionName(level) : undefined
  return called === undefined ? String(level) : `${level} (${called})`
}

export const updateTypes = { upgrade: 1, 'safe downgrade': 2, 'unsafe downgrade': 3 } as const

/** Changes all or none. Throws KafkaError. */
export async function updateFeatures(
  client: ClusterClient,
  levels: readonly FeatureLevel[],
  type: keyof typeof updateTypes,
  validateOnly: boolean,
): Promise<void> {
  const node = await client.controller()
  const answer = await node.send(UpdateFeaturesRequest, UpdateFeaturesResponse, {
    timeoutMs: client.timeoutMs,
    featureUpdates: levels.map(({ name, level }) => ({
      feature: name,
      maxVersionLevel: level,
      upgradeType: updateTypes[type],
    })),
    validateOnly,
  })
  checkError(answer.errorCode, 'change features', answer.errorMessage)
  // Before version 2 each has a result of its own.
  for (const { feature, errorCode, errorMessage } of answer.results) {
    if (errorCode !== errorCodes.NONE)
      throw new KafkaError(errorCode, `change ${feature}`, errorMessage)
  }
}
