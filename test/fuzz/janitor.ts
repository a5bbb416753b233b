/** Takes away what mutated requests created: topics and groups are real, and would count as memory that does not come back. */
import {
  DeleteGroupsRequest,
  DeleteGroupsResponse,
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  ListGroupsRequest,
  ListGroupsResponse,
  MetadataRequest,
  MetadataResponse,
} from '../../src/protocol/index.ts'
import type { NodeConnection } from '../../src/rpc/index.ts'
import type { Uuid } from '../../src/base/index.ts'

const TIMEOUT_MS = 20_000

/** Deletes every topic that is not in `keep`; how many there were. */
export async function deleteStrangeTopics(
  connection: NodeConnection,
  keep: ReadonlySet<string>,
): Promise<number> {
  const all = await connection.send(MetadataRequest, MetadataResponse, { topics: null })
  const strange = all.topics.filter(({ name }) => name !== null && !keep.has(name))
  if (strange.length === 0) return 0
  const topics: { name: null; topicId: Uuid }[] = strange.map(({ topicId }) => ({
    name: null,
    topicId,
  }))
  const draft = { topics, topicNames: [], timeoutMs: TIMEOUT_MS }
  await connection.send(DeleteTopicsRequest, DeleteTopicsResponse, draft)
  return strange.length
}

/** Deletes every group that has no members; how many are left. */
export async function deleteGroups(connection: NodeConnection): Promise<number> {
  const list = (): Promise<{ groups: { groupId: string }[] }> =>
    connection.send(ListGroupsRequest, ListGroupsResponse, { statesFilter: [], typesFilter: [] })
  const groupsNames = (await list()).groups.map(({ groupId }) => groupId)
  if (groupsNames.length === 0) return 0
  await connection.send(DeleteGroupsRequest, DeleteGroupsResponse, { groupsNames })
  return (await list()).groups.length
}
