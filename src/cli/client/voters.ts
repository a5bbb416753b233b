/** Changing who votes in the quorum (KIP-853). */
import {
  AddRaftVoterRequest,
  AddRaftVoterResponse,
  errorCodes,
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponse,
} from '../../protocol/index.ts'
import { UsageError } from '../failure.ts'
import type { ClusterClient } from './cluster-client.ts'
import { KafkaError } from './errors.ts'
import { askQuorum } from './quorum.ts'
import type { QuorumEndpoint, QuorumReplica } from './quorum.ts'

/** A controller, and the disk that it votes with. */
export interface Voter {
  readonly id: number
  readonly directoryId: string
}

/**
 * The one among `replicas` that is meant.
 *
 * @param directoryId needed only where several have the id: a node that came back with a new disk, for a while
 * @throws UsageError
 */
export function findVoter(
  action: string,
  replicas: readonly QuorumReplica[],
  id: number,
  directoryId: string | undefined,
): Voter {
  if (directoryId !== undefined) return { id, directoryId }
  const found = replicas.flatMap((replica) =>
    replica.id === id && replica.directoryId !== null ? [replica.directoryId] : [],
  )
  const [only] = found
  if (only !== undefined && found.length === 1) return { id, directoryId: only }
  throw new UsageError(`Cannot ${action} ${id}: ${whyNot(replicas, id, found)}`)
}

function whyNot(replicas: readonly QuorumReplica[], id: number, found: readonly string[]): string {
  if (found.length > 0)
    return `it has several directories, ${found.join(' and ')}; choose one with --directory`
  if (replicas.some((replica) => replica.id === id))
    return 'the quorum does not tell its directory id; name it with --directory (it stands in meta.properties)'
  const known = [...new Set(replicas.map((replica) => replica.id))]
  return `the quorum knows only ${known.join(', ') || 'nobody'}`
}

/** Resolves when the voters have agreed on it. Throws KafkaError. */
export async function addVoter(
  client: ClusterClient,
  { id, directoryId }: Voter,
  endpoints: readonly QuorumEndpoint[],
): Promise<void> {
  await askQuorum(client, async (node) => {
    const answer = await node.send(AddRaftVoterRequest, AddRaftVoterResponse, {
      clusterId: null,
      timeoutMs: client.timeoutMs,
      voterId: id,
      voterDirectoryId: directoryId,
      listeners: [...endpoints],
    })
    check(answer, `add voter ${id}`)
  })
}

/** Resolves when the voters have agreed on it. Throws KafkaError. */
export async function removeVoter(
  client: ClusterClient,
  { id, directoryId }: Voter,
): Promise<void> {
  await askQuorum(client, async (node) => {
    const answer = await node.send(RemoveRaftVoterRequest, RemoveRaftVoterResponse, {
      clusterId: null,
      voterId: id,
      voterDirectoryId: directoryId,
    })
    check(answer, `remove voter ${id}`)
  })
}

function check(
  { errorCode, errorMessage }: { errorCode: number; errorMessage: string | null },
  action: string,
): void {
  if (errorCode === errorCodes.NONE) return
  throw new KafkaError(errorCode, action, errorMessage)
}
