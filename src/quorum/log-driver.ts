/** Reading the metadata log: whole batches in order, as the listener and the voter set need them. */
import { METADATA_TOPIC_ID } from '../base/index.ts'
import { LOG_CONFIG_DEFAULTS } from '../log/index.ts'
import type { LogConfig, LogManager, PartitionLog } from '../log/index.ts'
import type { CommittedBatch } from '../metadata/index.ts'
import { lastOffsetOf, offsetEndOf, wholeBatches } from '../records/index.ts'
import { QuorumError } from './error.ts'
import { foldFacts, METADATA_BATCH_SIZE_MAX, readMetadataRecords } from './metadata-batch.ts'
import type { EpochStart, LogShape } from './log-shape.ts'
import type { QuorumFacts } from './metadata-batch.ts'
import type { SnapshotId } from './snapshot-file.ts'
import type { FactsAt } from './state.ts'

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
  | 'appendFollower'
  | 'assignEpoch'
  | 'durableEnd'
  | 'epochAt'
  | 'epochEndOffset'
  | 'read'
  | 'whenDurable'
  | 'truncateFully'
  | 'truncateTo'
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

/** How the facts about the quorum changed from `offset` to the log's end, after `first`: only control batches are looked into. */
export async function readQuorumFacts(
  log: MetadataLog,
  offset: number,
  first: QuorumFacts,
): Promise<FactsAt[]> {
  const { logEnd } = log
  const history: FactsAt[] = [{ offsetEnd: offset, facts: first }]
  let facts = first
  while (offset < logEnd) {
    const { buffer, offsetEnd } = await readChunk(log, offset, logEnd)
    for (const header of wholeBatches(buffer)) {
      const after = foldFacts(facts, buffer, header)
      if (after !== facts) history.push({ offsetEnd: offsetEndOf(header), facts: after })
      facts = after
    }
    offset = offsetEnd
  }
  return history
}

/**
 * The log as the core knows it. It begins where the epochs of its records are known from.
 *
 * @param snapshots besides that of formatting, oldest first
 */
export function shapeOf(log: MetadataLog, snapshots: readonly SnapshotId[]): LogShape {
  const { logEnd, durableEnd } = log
  const start = firstKnown(log)
  const epochs: EpochStart[] = []
  for (let offset = start; offset < logEnd;) {
    const epoch = log.epochAt(offset)
    const { endOffset } = log.epochEndOffset(epoch)
    if (epoch < 0 || endOffset <= offset) throw unknownEpoch(log, offset)
    epochs.push({ epoch, startOffset: offset })
    offset = endOffset
  }
  const newest = snapshots.at(-1) ?? null
  const told = snapshots.find(({ offsetEnd }) => offsetEnd === start)?.epoch
  // A record in front of the first one that bears the same epoch can only be the same leader's.
  const inFront = told ?? (start === 0 ? 0 : (epochs[0]?.epoch ?? newest?.epoch ?? 0))
  return {
    base: { offsetEnd: start, epoch: inFront },
    epochs,
    end: logEnd,
    durableEnd: Math.min(durableEnd, logEnd),
    snapshot: newest,
  }
}

/** The epochs may say less than the log still has: they were cut when its beginning was let go, and the files were not. */
function firstKnown(log: MetadataLog): number {
  const { logStart, logEnd } = log
  if (logStart >= logEnd || log.epochAt(logStart) >= 0) return logStart
  // No leader ever had epoch 0: it ends where the first one begins.
  return Math.max(logStart, log.epochEndOffset(0).endOffset)
}

function unknownEpoch({ dir }: MetadataLog, offset: number): QuorumError {
  const message = `Cannot follow the metadata log in ${dir}: nobody knows which leader wrote offset ${offset}`
  return new QuorumError('DAMAGED', message)
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
