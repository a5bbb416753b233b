import { randomUuid } from '../../base/index.ts'
import { nodeClock, nodeDisk, nodeEntropy } from '../../io/index.ts'
import { METADATA_VERSION, METADATA_VERSION_LATEST } from '../../metadata/index.ts'
import { formatDirectories, readIdentity } from '../../quorum/index.ts'
import { UsageError } from '../failure.ts'
import type { LocalNode } from './plan.ts'

/**
 * Formats the directories at the first start. Later a directory that is gone is not made anew by itself: its controller would vote as if it had never
 * promised anything.
 *
 * @throws UsageError some directories are formatted and some are not, or they are of different clusters; QuorumError, DiskError
 */
export async function prepareLocalCluster(nodes: readonly LocalNode[]): Promise<void> {
  const identities = nodes.map(({ logDir }) => readIdentity(nodeDisk, logDir))
  const known = identities.filter((identity) => identity !== null)
  if (known.length === nodes.length) return checkOneCluster(known.map(({ clusterId }) => clusterId))
  const missing = nodes.filter((_, index) => identities[index] === null)
  const [clusterId] = known.map((identity) => identity.clusterId)
  if (clusterId !== undefined) {
    const dirs = missing.map(({ logDir }) => logDir).join(', ')
    throw new UsageError(
      `Cannot start the cluster: ${dirs} ${missing.length === 1 ? 'is' : 'are'} empty, but others belong to cluster ${clusterId}. A node that lost its disk is formatted by hand: highwater format --cluster-id ${clusterId}`,
    )
  }
  const deps = { disk: nodeDisk, clock: nodeClock, entropy: nodeEntropy }
  const newId = randomUuid((size) => nodeEntropy.randomBytes(size))
  for (const { id, logDir } of nodes) {
    await formatDirectories(deps, {
      clusterId: newId,
      nodeId: id,
      dirs: [logDir],
      metadataLogDir: logDir,
      standalone: null,
      features: new Map([[METADATA_VERSION, METADATA_VERSION_LATEST]]),
      ignoreFormatted: false,
    })
  }
}

function checkOneCluster(ids: readonly string[]): void {
  if (new Set(ids).size === 1) return
  throw new UsageError(
    `Cannot start the cluster: its directories belong to different clusters, ${[...new Set(ids)].join(', ')}`,
  )
}
