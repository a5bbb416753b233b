/**
 * Batches of the metadata log: data batches of framed metadata records, and control batches. A batch has either, never both; keys
 * are null, headers empty, all records bear the batch's time, nothing is compressed (RecordsIterator in Apache Kafka's raft module).
 */
import { decodeRecord } from '../metadata/index.ts'
import type { MetadataRecord } from '../metadata/index.ts'
import {
  buildBatch,
  buildControlBatch,
  isControl,
  readControlRecord,
  readRecords,
} from '../records/index.ts'
import type { BatchHeader, ControlDraft, ControlRecord } from '../records/index.ts'
import { Reader, WireError } from '../wire/index.ts'
import {
  controlTypes,
  KRaftVersionRecord,
  LeaderChangeMessage,
  VotersRecord,
} from './control-records.ts'
import { QuorumError } from './error.ts'
import { votersFromRecord, votersToRecord } from './voters.ts'
import type { VoterSet } from './voters.ts'

/** Apache Kafka takes no larger batch into its metadata log (KafkaRaftClient.MAX_BATCH_SIZE_BYTES). */
export const METADATA_BATCH_SIZE_MAX = 8 * 1024 * 1024

export interface BatchPlace {
  /** Default 0: to be stamped. */
  readonly baseOffset?: number
  /** Default -1: to be stamped. */
  readonly leaderEpoch?: number
  readonly timestampMs: number
}

/** One data batch of framed records. */
export function buildMetadataBatch(values: readonly Buffer[], place: BatchPlace): Buffer {
  return buildBatch(
    values.map((value) => ({ key: null, value })),
    place,
  )
}

/** The first batch of an epoch: LeaderChange, and the voter set where the log does not have it yet. */
export function buildEpochStart(
  start: {
    readonly leaderId: number
    readonly voters: VoterSet
    readonly grantingVoters: readonly number[]
    /** Null: kraft.version and voters are not repeated. */
    readonly repeat: { readonly kraftVersion: number; readonly voters: VoterSet } | null
  },
  timestampMs: number,
): Buffer {
  const leaderChange = LeaderChangeMessage.toBuffer(0, {
    version: 0,
    leaderId: start.leaderId,
    voters: start.voters.map(({ id }) => ({ voterId: id })),
    grantingVoters: start.grantingVoters.map((voterId) => ({ voterId })),
  })
  const { repeat } = start
  const drafts = [
    { type: controlTypes.leaderChange, value: leaderChange },
    ...(repeat === null ? [] : quorumDrafts(repeat.kraftVersion, repeat.voters)),
  ]
  return buildControlBatch(drafts, { timestampMs })
}

/** The batch of a change of the voters. */
export function buildVotersBatch(voters: VoterSet, timestampMs: number): Buffer {
  const value = VotersRecord.toBuffer(0, votersToRecord(voters))
  return buildControlBatch([{ type: controlTypes.kraftVoters, value }], { timestampMs })
}

/** kraft.version and voter set, as log and snapshot have them. */
export function quorumDrafts(kraftVersion: number, voters: VoterSet): ControlDraft[] {
  return [
    {
      type: controlTypes.kraftVersion,
      value: KRaftVersionRecord.toBuffer(0, { version: 0, kRaftVersion: kraftVersion }),
    },
    { type: controlTypes.kraftVoters, value: VotersRecord.toBuffer(0, votersToRecord(voters)) },
  ]
}

/** The metadata records of a batch; none for a control batch. */
export function readMetadataRecords(buffer: Buffer, header: BatchHeader): MetadataRecord[] {
  if (isControl(header)) return []
  return readRecords(buffer, header).map(({ value, offset }) => {
    if (value === null) {
      throw new QuorumError('DAMAGED', `Cannot read the metadata record ${offset}: it has no value`)
    }
    return decodeRecord(value)
  })
}

/** What log and snapshot say about the quorum itself. */
export interface QuorumFacts {
  readonly kraftVersion: number
  /** Null: no record of the voter set yet. */
  readonly voters: VoterSet | null
}

export const noFacts: QuorumFacts = { kraftVersion: 0, voters: null }

/** `facts` after the batch; the same object when it says nothing new. */
export function foldFacts(facts: QuorumFacts, buffer: Buffer, header: BatchHeader): QuorumFacts {
  if (!isControl(header)) return facts
  for (const record of readRecords(buffer, header))
    facts = foldFact(facts, readControlRecord(record))
  return facts
}

function foldFact(facts: QuorumFacts, { type, value }: ControlRecord): QuorumFacts {
  try {
    if (type === controlTypes.kraftVersion) {
      const { kRaftVersion } = KRaftVersionRecord.decode(new Reader(value), 0)
      return { ...facts, kraftVersion: kRaftVersion }
    }
    if (type === controlTypes.kraftVoters) {
      return { ...facts, voters: votersFromRecord(VotersRecord.decode(new Reader(value), 0)) }
    }
    return facts
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    const message = `Cannot read a control record of type ${type}: ${error.message}`
    throw new QuorumError('DAMAGED', message, error)
  }
}
