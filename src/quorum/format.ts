/** What formatting writes, as bytes: identity of a log dir, first voters, feature levels (kafka-storage; Formatter in Apache Kafka). */
import { getProperties } from 'properties-file'
import { isUuid } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import {
  defaultFeatureLevels,
  encodeRecord,
  METADATA_VERSION,
  METADATA_VERSION_LATEST,
  metadataRecord,
} from '../metadata/index.ts'
import type { MetadataRecord } from '../metadata/index.ts'
import { noFacts } from './metadata-batch.ts'
import { BOOTSTRAP_SNAPSHOT, encodeSnapshot } from './snapshot-file.ts'
import { KRAFT_VERSION_MAX, KRAFT_VERSION_MIN } from './voters.ts'
import type { VoterEndpoint, VoterSet } from './voters.ts'

/** The quorum keeps its level in records of its own. */
const KRAFT_VERSION = 'kraft.version'

export const META_PROPERTIES = 'meta.properties'

/** What `meta.properties` says of a log dir. */
export interface DirectoryIdentity {
  readonly clusterId: string
  readonly nodeId: number
  readonly directoryId: Uuid
}

export function encodeMetaProperties({
  clusterId,
  nodeId,
  directoryId,
}: DirectoryIdentity): string {
  return `cluster.id=${clusterId}\ndirectory.id=${directoryId}\nnode.id=${nodeId}\nversion=1\n`
}

/** Null: not a version 1 with all three ids. */
export function decodeMetaProperties(text: string): DirectoryIdentity | null {
  const properties = getProperties(text)
  const clusterId = properties['cluster.id']
  const nodeId = Number(properties['node.id'])
  const directoryId = properties['directory.id']
  if (properties['version'] !== '1' || clusterId === undefined) return null
  if (!Number.isInteger(nodeId) || directoryId === undefined || !isUuid(directoryId)) return null
  return { clusterId, nodeId, directoryId }
}

/** Level by feature name. */
export type FeatureLevels = ReadonlyMap<string, number>

/** What a new cluster gets, besides kraft.version, which is no feature record: what this version serves. */
export const NEW_CLUSTER_LEVELS: FeatureLevels = new Map(
  [...defaultFeatureLevels(METADATA_VERSION_LATEST)].filter(([name]) => name !== KRAFT_VERSION),
)

/** The records that an empty metadata log begins with: metadata.version first, because it says how to read the rest. */
export function featureRecords(levels: FeatureLevels): MetadataRecord[] {
  return [...levels]
    .filter(([, level]) => level > 0)
    .sort(([a], [b]) => rank(a).localeCompare(rank(b), 'en'))
    .map(([name, featureLevel]) => metadataRecord('featureLevel', { name, featureLevel }))
}

function rank(name: string): string {
  return name === METADATA_VERSION ? '' : name
}

/** Content of `bootstrap.checkpoint`: the records for the first leader to write. */
export function encodeBootstrapFile(levels: FeatureLevels, nowMs: number): Generator<Buffer> {
  const metadataVersion = levels.get(METADATA_VERSION) ?? METADATA_VERSION_LATEST
  const values = featureRecords(levels).map((record) => encodeRecord(record, metadataVersion))
  return encodeSnapshot({ epoch: 0, lastContainedLogTimestampMs: 0, nowMs, facts: noFacts, values })
}

/** Content of the snapshot 0-0: the first voters. */
export function encodeBootstrapSnapshot(voters: VoterSet, nowMs: number): Generator<Buffer> {
  return encodeSnapshot({
    epoch: BOOTSTRAP_SNAPSHOT.epoch,
    lastContainedLogTimestampMs: nowMs,
    nowMs,
    facts: { kraftVersion: KRAFT_VERSION_MAX, voters },
    values: [],
  })
}

/** The voter set of `--standalone`: this node alone. */
export function soleVoter(nodeId: number, directoryId: Uuid, endpoint: VoterEndpoint): VoterSet {
  const range = { kraftVersionMin: KRAFT_VERSION_MIN, kraftVersionMax: KRAFT_VERSION_MAX }
  return [{ id: nodeId, directoryId, endpoints: [endpoint], ...range }]
}
