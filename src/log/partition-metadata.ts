import { isUuid } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import type { Disk } from '../io/index.ts'
import { PARTITION_METADATA } from './names.ts'

/** `partition.metadata`: which topic the directory belongs to (org.apache.kafka.storage.internals.log.PartitionMetadata). Not synced. */
export function writePartitionMetadata(disk: Disk, dirPath: string, topicId: Uuid): void {
  const text = `version: 0\ntopic_id: ${topicId}`
  disk.writeFile(`${dirPath}/${PARTITION_METADATA}`, Buffer.from(text))
}

/** Null when the file is missing or torn: the metadata log knows the id. */
export function readPartitionMetadata(disk: Disk, dirPath: string): Uuid | null {
  const path = `${dirPath}/${PARTITION_METADATA}`
  if (!disk.exists(path)) return null
  const match = /^version: 0\ntopic_id: (\S+)\s*$/.exec(disk.readFile(path).toString('utf8'))
  const topicId = match?.[1]
  return topicId !== undefined && isUuid(topicId) ? topicId : null
}
