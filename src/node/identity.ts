/** Who this node is: what its log dirs say, or, for a node that stands alone, what they are formatted with at the first start. */
import { randomUuid } from '../base/index.ts'
import type { Io } from '../io/index.ts'
import { METADATA_VERSION, METADATA_VERSION_LATEST } from '../metadata/index.ts'
import { formatDirectories, readIdentity } from '../quorum/index.ts'
import type { DirectoryIdentity } from '../quorum/index.ts'
import type { NodeConfig } from './node-config.ts'
import { ConfigError } from './server-properties.ts'

export interface Identity {
  readonly clusterId: string
  readonly nodeId: number
}

/** Of a node that stands alone and names no `node.id`. */
const NODE_ID_ALONE = 1
/** A node that stands alone has a controller of its own, which nobody reaches by the network. */
const CONTROLLER_ALONE = { name: 'CONTROLLER', host: 'localhost', port: 9093 }

/** Reads the identity, formatting what is not formatted where that is allowed. Throws ConfigError, QuorumError, DiskError. */
export async function establishIdentity(io: Io, config: NodeConfig): Promise<Identity> {
  const dirs = [...new Set([...config.logDirs, config.metadataLogDir])]
  const known = dirs.map((dir) => readIdentity(io.disk, dir)).find((identity) => identity !== null)
  const nodeId = config.nodeId ?? known?.nodeId ?? (config.standsAlone ? NODE_ID_ALONE : null)
  if (nodeId === null)
    throw new ConfigError('Cannot start without node.id: set it to a number of at least 0')
  checkNodeId(config, known, nodeId)
  if (!config.standsAlone) {
    if (known === undefined) {
      throw new ConfigError(
        `Cannot start with ${dirs.join(', ')}: not formatted. A node with process.roles or controller.quorum.voters is formatted by hand, once: highwater format`,
      )
    }
    return { clusterId: known.clusterId, nodeId }
  }
  const clusterId = known?.clusterId ?? randomUuid((size) => io.entropy.randomBytes(size))
  await formatDirectories(io, {
    clusterId,
    nodeId,
    dirs: config.logDirs,
    metadataLogDir: config.metadataLogDir,
    standalone: CONTROLLER_ALONE,
    // Only what is served: a finalized feature is a promise to clients and to other nodes.
    features: new Map([[METADATA_VERSION, METADATA_VERSION_LATEST]]),
    ignoreFormatted: true,
  })
  return { clusterId, nodeId }
}

function checkNodeId(
  config: NodeConfig,
  known: DirectoryIdentity | undefined,
  nodeId: number,
): void {
  if (known !== undefined && known.nodeId !== nodeId) {
    throw new ConfigError(
      `Cannot set node.id: found ${nodeId}, but ${config.logDirs.join(', ')} belongs to node ${known.nodeId}`,
    )
  }
}
