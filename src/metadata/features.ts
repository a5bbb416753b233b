/** The feature that rules which records may be written. */
export const METADATA_VERSION = 'metadata.version'
/** 3.3-IV3, the oldest level that 4.x reads. */
export const METADATA_VERSION_MIN = 7
/** 4.3-IV0, what new clusters get. */
export const METADATA_VERSION_LATEST = 30

/** Levels of one feature, both inclusive. */
export interface FeatureRange {
  readonly min: number
  readonly max: number
}

/** The names of the levels of metadata.version, from {@link METADATA_VERSION_MIN} on. */
const METADATA_VERSION_NAMES = (
  '3.3-IV3 3.4-IV0 3.5-IV0 3.5-IV1 3.5-IV2 3.6-IV0 3.6-IV1 3.6-IV2 ' +
  '3.7-IV0 3.7-IV1 3.7-IV2 3.7-IV3 3.7-IV4 3.8-IV0 3.9-IV0 ' +
  '4.0-IV0 4.0-IV1 4.0-IV2 4.0-IV3 4.1-IV0 4.1-IV1 4.2-IV0 4.2-IV1 4.3-IV0'
).split(' ')

/** The name of a level of metadata.version, e.g. `4.3-IV0` for 30; undefined: there is none. */
export function metadataVersionName(level: number): string | undefined {
  return METADATA_VERSION_NAMES[level - METADATA_VERSION_MIN]
}

/** The level that a name or the number of a release means: `4.3-IV0` and `4.3` are 30. */
export function metadataVersionLevel(name: string): number | undefined {
  const isRelease = /^\d+\.\d+$/.test(name)
  const index = METADATA_VERSION_NAMES.findLastIndex((known) => {
    return known === name || (isRelease && known.startsWith(`${name}-`))
  })
  return index < 0 ? undefined : METADATA_VERSION_MIN + index
}

/** A feature of Apache Kafka 4.3. */
export interface Feature {
  readonly name: string
  /** The levels that Highwater can work with. */
  readonly supported: FeatureRange
  /** Levels above 0 for new clusters, each with the metadata.version from which they get it. */
  readonly defaults: ReadonlyArray<{ readonly level: number; readonly since: number }>
}

function feature(name: string, max: number, ...defaults: Feature['defaults'][number][]): Feature {
  return { name, supported: { min: 0, max }, defaults }
}

/**
 * Every feature of 4.3 but metadata.version itself. A level may be claimed only once everything that it
 * promises to clients and other nodes is served, so most stand at 0.
 */
export const features: readonly Feature[] = [
  feature('kraft.version', 1, { level: 1, since: 21 }),
  feature('transaction.version', 0, { level: 2, since: 24 }),
  feature('group.version', 0, { level: 1, since: 22 }),
  // Apache Kafka gives it to new clusters from 26 on, here it is for those who ask for it. Once all nodes have lost power at a time, only the
  // last leader may lead with it, although with flush.before.ack every in-sync replica has everything.
  feature('eligible.leader.replicas.version', 1),
  feature('share.version', 0, { level: 1, since: 28 }),
  feature('streams.version', 0, { level: 1, since: 29 }),
]

/** What a node tells others of the levels that it can work with. */
export const supportedFeatures: ReadonlyMap<string, FeatureRange> = new Map([
  [METADATA_VERSION, { min: METADATA_VERSION_MIN, max: METADATA_VERSION_LATEST }],
  ...features.map(({ name, supported }) => [name, supported] as const),
])

/**
 * The levels that a new cluster is formatted with, level 0 left out. kraft.version is among them
 * although it is not written as a feature record: the quorum keeps it in records of its own.
 */
export function defaultFeatureLevels(metadataVersion: number): Map<string, number> {
  const levels = new Map([[METADATA_VERSION, metadataVersion]])
  for (const { name, supported, defaults } of features) {
    const offered = defaults.filter(({ since }) => metadataVersion >= since)
    const level = Math.min(supported.max, Math.max(0, ...offered.map((entry) => entry.level)))
    if (level > 0) levels.set(name, level)
  }
  return levels
}
