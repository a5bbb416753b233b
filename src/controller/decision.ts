/**
 * What all subjects of the controller share. A decision is a pure function of the metadata image, a request and a
 * {@link ControllerContext}: which records to write, and what to answer once they are committed.
 */
import type { Uuid } from '../base/index.ts'
import type { MetadataRecord } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'

/** What decoding a request of this schema gives. */
export type RequestOf<M extends { decode(...args: never[]): unknown }> = ReturnType<M['decode']>
/** What encoding a response of this schema takes. */
export type ResponseOf<M extends { toBuffer(version: number, draft: never): unknown }> = Parameters<
  M['toBuffer']
>[1]

export interface Decision<T> {
  /** Written as one batch: all of them or none. Empty: nothing changes. */
  readonly records: readonly MetadataRecord[]
  readonly response: T
}

/** A refusal that the protocol knows, or {@link noError}. */
export interface ApiError {
  readonly code: number
  readonly message: string | null
}

export const noError: ApiError = { code: errorCodes.NONE, message: null }

export function isError({ code }: ApiError): boolean {
  return code !== errorCodes.NONE
}

/** What a decision may know besides image and request. */
export interface ControllerContext {
  readonly settings: ControllerSettings
  /** Offset that the first record of the decision will have in the metadata log. */
  readonly nextOffset: number
  /** The Entropy seam's number in [0, 1). */
  random(): number
  newUuid(): Uuid
}

/** The configuration of this node, as far as decisions depend on it. Names are those of Kafka's keys. */
export interface ControllerSettings {
  readonly clusterId: Uuid
  /** `num.partitions` */
  readonly partitionCount: number
  /** `default.replication.factor` */
  readonly replicationFactor: number
  /** `delete.topic.enable` */
  readonly deleteTopicEnable: boolean
  /** Every key of the node's configuration file; defaults of topic configs come from it by their synonyms. */
  readonly staticConfig: ReadonlyMap<string, string>
}

/** Splits into names that occur once and names that occur again, each in the order of the request. */
export function splitDuplicates<T>(items: readonly T[], nameOf: (item: T) => string): {
  readonly unique: readonly T[]
  readonly duplicates: readonly string[]
} {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1)
  return {
    unique: items.filter((item) => counts.get(nameOf(item)) === 1),
    duplicates: [...counts].filter(([, count]) => count > 1).map(([name]) => name),
  }
}
