import { errorCodes, ListOffsetsRequest, ListOffsetsResponse } from '../protocol/index.ts'
import type { NodeConnection } from '../rpc/index.ts'
import type { LogEnds } from './follower-rules.ts'
import type { Follower } from './follower.ts'

const LATEST = -1
const EARLIEST_LOCAL = -4

/**
 * Asks a leader where its log of a partition begins and ends; null when it does not say (it leads no longer, or not yet). Rejects with RpcError.
 */
export async function askLogEnds(
  connection: NodeConnection,
  nodeId: number,
  { replica, leaderEpoch }: Follower,
  timeoutMs: number,
): Promise<LogEnds | null> {
  const ask = async (timestamp: number): Promise<number | null> => {
    const partition = { partitionIndex: replica.index, currentLeaderEpoch: leaderEpoch, timestamp }
    const answer = await connection.send(
      ListOffsetsRequest,
      ListOffsetsResponse,
      { replicaId: nodeId, topics: [{ name: replica.topic, partitions: [partition] }] },
      { timeoutMs },
    )
    const found = answer.topics[0]?.partitions[0]
    return found?.errorCode === errorCodes.NONE ? found.offset : null
  }
  const logEnd = await ask(LATEST)
  const logStart = logEnd === null ? null : await ask(EARLIEST_LOCAL)
  return logEnd === null || logStart === null ? null : { logStart, logEnd }
}
