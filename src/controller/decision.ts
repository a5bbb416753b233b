/**
 * What all subjects of the controller share. A decision is a pure function of the metadata image, a request and a
 * {@link ControllerContext}: which records to write, and what to answer once they are committed.
 */
import type { Uuid } from '../base/index.ts'
import type { BrokerSettings, MetadataRecord } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'

/** What decoding a request of this schema gives. */
export type RequestOf<M extends { decode(...args: never[]): unknown }> = ReturnType<M['decode']>
/** What encoding a response of this schema takes. */
export type ResponseOf<M extends { toBuffer(version: number, draft: never): unknown }> = Parameters<
  M['toBuffer']
>[1]

export interface Decision<T> {
  /** Written as one batch, all of them or none, unless {@link divisible}. Empty: nothing changes. */
  readonly records: readonly MetadataRecord[]
  readonly response: T
  /** Each record stands for itself, so that many of them may be written as several batches. Default: false. */
  readonly divisible?: boolean
}

/** A refusal that the protocol knows, or {@link noError}. */
export interface ApiError {
  readonly code: number
  readonly message: string | null
}

export const noError: ApiError = { code: errorCodes.NONE, message: null }

/** What a decision may know besides image and request. */
export interface ControllerContext {
  readonly clusterId: Uuid
  /** Of the node that decides. */
  readonly nodeId: number
  /** This node's configuration, with what the image says has been set through the cluster. */
  readonly broker: BrokerSettings
  /** Offset that the first record of the decision will have in the metadata log. */
  readonly nextOffset: number
  /** The Entropy seam's number in [0, 1). */
  readonly random: () => number
  readonly newUuid: () => Uuid
}

/** What a decision may know of a request besides its body. */
export interface RequestInfo {
  readonly apiVersion: number
  /** Who asks, for the log: `User:ANONYMOUS`. */
  readonly principal: string
}

/** Items whose key occurs once, and of those whose key occurs again the first; both in the order of the request. */
export function splitRepeated<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): { readonly unique: readonly T[]; readonly repeated: readonly T[] } {
  const byKey = new Map<string, { readonly first: T; count: number }>()
  for (const item of items) {
    const known = byKey.get(keyOf(item))
    if (known === undefined) byKey.set(keyOf(item), { first: item, count: 1 })
    else known.count += 1
  }
  const unique: T[] = []
  const repeated: T[] = []
  for (const { first, count } of byKey.values()) (count === 1 ? unique : repeated).push(first)
  return { unique, repeated }
}
