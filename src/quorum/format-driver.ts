/** Formatting of log dirs, and reading back what it wrote. */
import { randomUuid } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import type { Clock, Disk, Entropy } from '../io/index.ts'
import { syncAncestors } from '../log/index.ts'
import type { MetadataRecord } from '../metadata/index.ts'
import { QuorumError } from './error.ts'
import { replaceFile } from './files-driver.ts'
import {
  decodeMetaProperties,
  encodeBootstrapFile,
  encodeBootstrapSnapshot,
  encodeMetaProperties,
  NEW_CLUSTER_LEVELS,
  featureRecords,
  META_PROPERTIES,
  soleVoter,
} from './format.ts'
import type { DirectoryIdentity, FeatureLevels } from './format.ts'
import { METADATA_LOG_DIRECTORY } from './log-driver.ts'
import { QUORUM_STATE_FILE } from './quorum-state.ts'
import { BOOTSTRAP_FILE, BOOTSTRAP_SNAPSHOT, snapshotFileName } from './snapshot-file.ts'
import { readSnapshotFile } from './snapshots-driver.ts'
import type { VoterEndpoint, VoterSet } from './voters.ts'

export interface FormatDeps {
  readonly disk: Disk
  readonly clock: Clock
  readonly entropy: Entropy
}

export interface FormatOptions {
  readonly clusterId: Uuid
  readonly nodeId: number
  /** `log.dirs`; the metadata log dir is formatted too, listed here or not. */
  readonly dirs: readonly string[]
  /** `metadata.log.dir`, by default the first of `log.dirs`. */
  readonly metadataLogDir: string
  /** `--standalone`: this node's controller listener, and with it the only voter. Null: voters come from elsewhere. */
  readonly standalone: VoterEndpoint | null
  /** `--initial-controllers`: the first voters, this node with {@link directoryId} among them or not. Default: none. */
  readonly initialVoters?: VoterSet | null
  /** Id of the metadata log dir, where the first voters name it. Default: a new one. */
  readonly directoryId?: Uuid
  /** Default: what this version serves. */
  readonly features?: FeatureLevels
  /** `--ignore-formatted`: directories that are formatted stay as they are, and only the others are done. */
  readonly ignoreFormatted: boolean
}

export interface FormattedDirectory {
  readonly path: string
  readonly directoryId: Uuid
  /** False: it was formatted already. */
  readonly isNew: boolean
}

/**
 * Makes log dirs ready for their first start. `meta.properties` is written last: a directory has it only when all else is there.
 *
 * @throws QuorumError `ALREADY_FORMATTED`, `NOT_EMPTY`, `WRONG_IDENTITY`, `DAMAGED`; DiskError
 */
export async function formatDirectories(
  deps: FormatDeps,
  options: FormatOptions,
): Promise<FormattedDirectory[]> {
  const paths = [...new Set([...options.dirs, options.metadataLogDir])]
  const known = paths.map((path) => [path, readIdentity(deps.disk, path)] as const)
  for (const [path, identity] of known) checkFormattable(deps.disk, path, identity, options)
  const formatted: FormattedDirectory[] = []
  for (const [path, identity] of known) {
    if (identity !== null) {
      formatted.push({ path, directoryId: identity.directoryId, isNew: false })
      continue
    }
    const given = path === options.metadataLogDir ? options.directoryId : undefined
    const directoryId = given ?? randomUuid((size) => deps.entropy.randomBytes(size))
    await formatDirectory(deps, options, path, directoryId)
    formatted.push({ path, directoryId, isNew: true })
  }
  return formatted
}

/** Null: the directory is not formatted. Throws QuorumError `DAMAGED` when its `meta.properties` cannot be understood. */
export function readIdentity(disk: Disk, dir: string): DirectoryIdentity | null {
  const path = `${dir}/${META_PROPERTIES}`
  if (!disk.exists(path)) return null
  const identity = decodeMetaProperties(disk.readFile(path).toString('utf8'))
  if (identity !== null) return identity
  throw new QuorumError(
    'DAMAGED',
    `Cannot read ${path}: wanted version=1, cluster.id, node.id and directory.id`,
  )
}

function checkFormattable(
  disk: Disk,
  path: string,
  identity: DirectoryIdentity | null,
  { clusterId, nodeId, ignoreFormatted }: FormatOptions,
): void {
  if (identity === null) return checkNoMetadata(disk, path)
  if (!ignoreFormatted) {
    const message = `Cannot format ${path}: it is formatted already, for node ${identity.nodeId} of cluster ${identity.clusterId}`
    throw new QuorumError('ALREADY_FORMATTED', message)
  }
  if (identity.clusterId !== clusterId || identity.nodeId !== nodeId) {
    const message = `Cannot format ${path}: it belongs to node ${identity.nodeId} of cluster ${identity.clusterId}, wanted node ${nodeId} of cluster ${clusterId}`
    throw new QuorumError('WRONG_IDENTITY', message)
  }
}

/** A voter that lost its identity but not its log must not come back as a new one. A format that was cut off left neither log nor vote. */
function checkNoMetadata(disk: Disk, path: string): void {
  const dir = `${path}/${METADATA_LOG_DIRECTORY}`
  if (!disk.exists(dir)) return
  const found = disk
    .list(dir)
    .find(({ name }) => name === QUORUM_STATE_FILE || name.endsWith('.log'))
  if (found === undefined) return
  throw new QuorumError(
    'NOT_EMPTY',
    `Cannot format ${path}: it has no ${META_PROPERTIES}, but a metadata log (${dir}/${found.name})`,
  )
}

async function formatDirectory(
  { disk, clock }: FormatDeps,
  options: FormatOptions,
  path: string,
  directoryId: Uuid,
): Promise<void> {
  const { clusterId, nodeId, standalone, initialVoters = null } = options
  const nowMs = clock.wallMs()
  disk.makeDirectory(path)
  await syncAncestors(disk, path)
  if (path === options.metadataLogDir) {
    const features = options.features ?? NEW_CLUSTER_LEVELS
    await replaceFile(disk, path, BOOTSTRAP_FILE, encodeBootstrapFile(features, nowMs))
    const voters = standalone === null ? initialVoters : soleVoter(nodeId, directoryId, standalone)
    if (voters !== null) {
      const dir = `${path}/${METADATA_LOG_DIRECTORY}`
      disk.makeDirectory(dir)
      const name = snapshotFileName(BOOTSTRAP_SNAPSHOT)
      await replaceFile(disk, dir, name, encodeBootstrapSnapshot(voters, nowMs))
    }
  }
  const text = encodeMetaProperties({ clusterId, nodeId, directoryId })
  await replaceFile(disk, path, META_PROPERTIES, [Buffer.from(text)])
}

/**
 * The records that the first leader writes into an empty log: from the snapshot 0-0 (Kafka 4.4 puts them there), else from
 * `bootstrap.checkpoint`, else the levels of a new cluster.
 *
 * @throws QuorumError `DAMAGED`; MetadataError
 */
export function readBootstrapRecords(disk: Disk, metadataLogDir: string): MetadataRecord[] {
  const files = [
    `${metadataLogDir}/${METADATA_LOG_DIRECTORY}/${snapshotFileName(BOOTSTRAP_SNAPSHOT)}`,
    `${metadataLogDir}/${BOOTSTRAP_FILE}`,
  ]
  for (const path of files) {
    if (!disk.exists(path)) continue
    const records = [...readSnapshotFile(disk, path).records()]
    if (records.length > 0) return records
  }
  return featureRecords(NEW_CLUSTER_LEVELS)
}
