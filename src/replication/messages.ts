import type {
  AlterPartitionRequest,
  AlterPartitionResponse,
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
  FetchResponse,
} from '../protocol/index.ts'

type DecodedBy<M extends { decode(...args: never[]): unknown }> = ReturnType<M['decode']>
type EncodedBy<M extends { toBuffer(version: number, draft: never): unknown }> = Parameters<
  M['toBuffer']
>[1]

/** AlterPartition as the controller gets it. */
export type AlterPartition = DecodedBy<typeof AlterPartitionRequest>
/** Its answer. */
export type AlteredPartition = EncodedBy<typeof AlterPartitionResponse>
/** AssignReplicasToDirs as the controller gets it. */
export type AssignReplicas = DecodedBy<typeof AssignReplicasToDirsRequest>
/** Its answer. */
export type AssignedReplicas = EncodedBy<typeof AssignReplicasToDirsResponse>
/** A leader's answer to a fetch. */
export type Fetched = DecodedBy<typeof FetchResponse>
