/** Reading the metadata log: whole batches in order, as the listener and the voter set need them. */
import { METADATA_TOPIC_ID } from '../base/index.ts'
import { LOG_CONFIG_DEFAULTS } from '../log/index.ts'
import type { LogConfig, LogManager, PartitionLog } from '../log/index.ts'
import type { CommittedBatch } from '../metadata/index.ts'
import { lastOffsetOf, wholeBatches } from '../records/index.ts'
import { QuorumError } from './error.ts'
import { foldFacts, METADATA_BATCH_SIZE_MAX, readMetadataRecords } from './metadata-batch.ts'
import type { QuorumFacts } from './metadata-batch.ts'

/** What the quorum uses of its log. */
export type MetadataLog = Pick<
  PartitionLog,
  | 'dir'
  | 'load'
  | 'logStart'
  | 'logEnd'
  | 'latestEpoch'
  | 'sizeBytes'
  | 'highWatermark'
  | 'append'
  | 'assignEpoch'
  | 'read'
  | 'whenDurable'
  | 'truncateFully'
  | 'deleteRecordsBefore'
  | 'roll'
>

export const METADATA_LOG = { topic: '__cluster_metadata', partition: 0 } as const
/** Name of the metadata log's directory within its log dir. */
export const METADATA_LOG_DIRECTORY = `${METADATA_LOG.topic}-${METADATA_LOG.partition}`

/**
 * Opens `__cluster_metadata-0` in the metadata log dir; it is made if it is missing.
 *
 * @param options `metadata.log.segment.bytes` and `metadata.log.segment.ms`, as far as they differ from Kafka's defaults
 */
export function openMetadataLog(
  logs: LogManager,
  metadataLogDir: string,
  options: Partial<Pick<LogConfig, 'segmentBytes' | 'segmentMs'>> = {},
): PartitionLog {
  const config: LogConfig = {
    ...LOG_CONFIG_DEFAULTS,
    ...options,
    maxMessageBytes: METADATA_BATCH_SIZE_MAX,
    // Old segments go when a snapshot stands for them, never by age or size.
    cleanupDelete: false,
    retentionMs: -1,
  }
  const { topic, partition } = METADATA_LOG
  return logs.openUnlisted(metadataLogDir, topic, partition, METADATA_TOPIC_ID, config)
}

const CHUNK_SIZE = 1024 * 1024

/** Whole batches from `offset` on, up to `offsetEndMax`. Throws QuorumError `DAMAGED`. */
export async function readChunk(
  log: MetadataLog,
  offset: number,
  offsetEndMax: number,
): Promise<{ readonly buffer: Buffer; readonly offsetEnd: number }> {
  const options = { maxBytes: CHUNK_SIZE, offsetEndMax, minOneBatch: true }
  const result = await log.read(offset, options)
  if (result.kind === 'batches' && result.offsetEnd > offset) return result
  const found =
    result.kind === 'corrupt'
      ? result.message
      : `the log has nothing there, but should reach up to ${offsetEndMax}`
  throw new QuorumError('DAMAGED', `Cannot read the metadata log at offset ${offset}: ${found}`)
}

/** `facts` after the log's batches from `offset` to its end: only control batches are looked into. */
export async function readQuorumFacts(
  log: MetadataLog,
  offset: number,
  facts: QuorumFacts,
): Promise<QuorumFacts> {
  const { logEnd } = log
  while (offset < logEnd) {
    const { buffer, offsetEnd } = await readChunk(log, offset, logEnd)
    for (const header of wholeBatches(buffer)) facts = foldFacts(facts, buffer, header)
    offset = offsetEnd
  }
  return facts
}

/** The batches of a chunk, decoded. Throws MetadataError or QuorumError `DAMAGED`. */
export function committedBatches(buffer: Buffer): CommittedBatch[] {
  const batches: CommittedBatch[] = []
  for (const header of wholeBatches(buffer)) {
    batches.push({
      offsetLast: lastOffsetOf(header),
      epoch: header.leaderEpoch,
      timestampMs: header.maxTimestamp,
      records: readMetadataRecords(buffer, header),
    })
  }
  return batches
}
