/**
 * Names of files and directories, byte for byte Apache Kafka's (org.apache.kafka.storage.internals.log.LogFileUtils,
 * kafka.log.LocalLog).
 */

export const LOG_SUFFIX = '.log'
export const INDEX_SUFFIX = '.index'
export const TIME_INDEX_SUFFIX = '.timeindex'
export const TXN_INDEX_SUFFIX = '.txnindex'
export const SNAPSHOT_SUFFIX = '.snapshot'
/** Renamed out of the way, to be removed later. */
export const DELETED_SUFFIX = '.deleted'
/** Left by an interrupted compaction: unfinished output, and output that only waits for its rename. */
export const CLEANED_SUFFIX = '.cleaned'
export const SWAP_SUFFIX = '.swap'

export const PARTITION_METADATA = 'partition.metadata'
export const LEADER_EPOCHS = 'leader-epoch-checkpoint'
export const META_PROPERTIES = 'meta.properties'
export const LOCK = '.lock'
export const CLEAN_SHUTDOWN = '.kafka_cleanshutdown'
export const RECOVERY_POINTS = 'recovery-point-offset-checkpoint'
export const LOG_STARTS = 'log-start-offset-checkpoint'
export const HIGH_WATERMARKS = 'replication-offset-checkpoint'

/** The longest file name that common file systems take. */
const NAME_LENGTH_MAX = 255

/** The name of a file that begins at `offset`: 20 digits and the suffix. */
export function offsetFileName(offset: number, suffix: string): string {
  return `${String(offset).padStart(20, '0')}${suffix}`
}

/** The offset in a name made by {@link offsetFileName} with this suffix; null for any other name. */
export function offsetOfFileName(name: string, suffix: string): number | null {
  if (!name.endsWith(suffix)) return null
  const digits = name.slice(0, -suffix.length)
  return /^\d{20}$/.test(digits) ? Number(digits) : null
}

/** The directory of one partition. */
export function partitionDirName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** What a partition's directory is renamed to before it is removed; `id` are 32 hex digits. */
export function deletedDirName(topic: string, partition: number, id: string): string {
  const rest = `-${partition}.${id}-delete`
  return topic.slice(0, NAME_LENGTH_MAX - rest.length) + rest
}

export function isDeletedDirName(name: string): boolean {
  return /^\S+-\S+\.\S+-delete$/.test(name)
}

/** Topic and partition of a directory made by {@link partitionDirName}; null for any other name. */
export function parsePartitionDirName(name: string): { topic: string; partition: number } | null {
  const dash = name.lastIndexOf('-')
  const digits = name.slice(dash + 1)
  if (dash <= 0 || !/^(0|[1-9]\d{0,9})$/.test(digits)) return null
  return { topic: name.slice(0, dash), partition: Number(digits) }
}
