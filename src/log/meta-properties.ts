/** `meta.properties`: whose log dir it is (org.apache.kafka.metadata.properties.MetaProperties, version 1). */
import { getProperties } from 'properties-file'
import { isUuid } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import type { Disk } from '../io/index.ts'
import { writeDurably } from './checkpoint-file.ts'
import { LogError } from './errors.ts'
import { META_PROPERTIES } from './names.ts'

export interface MetaProperties {
  readonly clusterId: string
  readonly nodeId: number
  /** Null in files that Kafka wrote before 3.7. */
  readonly directoryId: Uuid | null
}

/** Null when the dir was never formatted. Throws LogError UNREADABLE. */
export function readMetaProperties(disk: Disk, dirPath: string): MetaProperties | null {
  const path = `${dirPath}/${META_PROPERTIES}`
  if (!disk.exists(path)) return null
  const properties = getProperties(disk.readFile(path).toString('utf8'))
  const clusterId = properties['cluster.id']
  const nodeId = properties['node.id'] ?? properties['broker.id']
  const directoryId = properties['directory.id'] ?? null
  if (properties['version'] === undefined) throw unreadable(path, 'no version')
  if (clusterId === undefined || clusterId === '') throw unreadable(path, 'no cluster.id')
  if (nodeId === undefined || !/^\d+$/.test(nodeId)) {
    throw unreadable(path, `node.id ${String(nodeId)}, need a number`)
  }
  if (directoryId !== null && !isUuid(directoryId)) {
    throw unreadable(path, `directory.id ${directoryId}, need 22 characters of base64`)
  }
  return { clusterId, nodeId: Number(nodeId), directoryId }
}

export async function writeMetaProperties(
  disk: Disk,
  dirPath: string,
  meta: MetaProperties & { readonly directoryId: Uuid },
): Promise<void> {
  const { clusterId, nodeId, directoryId } = meta
  const text = `#\nversion=1\ncluster.id=${clusterId}\nnode.id=${nodeId}\ndirectory.id=${directoryId}\n`
  await writeDurably(disk, dirPath, META_PROPERTIES, text)
}

/** Throws LogError WRONG_IDENTITY when the dir belongs to another node or cluster. */
export function checkIdentity(
  dirPath: string,
  found: MetaProperties,
  wanted: { readonly clusterId: string; readonly nodeId: number },
): void {
  for (const key of ['clusterId', 'nodeId'] as const) {
    if (found[key] === wanted[key]) continue
    throw new LogError(
      'WRONG_IDENTITY',
      `Cannot use log dir ${dirPath}: its ${META_PROPERTIES} has ${key} ${found[key]}, this node has ${wanted[key]}`,
    )
  }
}

function unreadable(path: string, found: string): LogError {
  return new LogError('UNREADABLE', `Cannot read ${path}: found ${found}`)
}
