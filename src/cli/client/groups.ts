/** Groups: which there are, who is in them, how far they have read. */
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
  ConsumerProtocolAssignment,
  DescribeGroupsRequest,
  DescribeGroupsResponse,
  errorCodes,
  isRetriable,
  ListGroupsRequest,
  ListGroupsResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
  readConsumerProtocol,
} from '../../protocol/index.ts'
import type { NodeConnection } from '../../rpc/index.ts'
import { Backoff } from './backoff.ts'
import type { ClusterClient } from './cluster-client.ts'
import { checkError, KafkaError, mayPass } from './errors.ts'
import { comparePartitions, partitionName } from './partitions.ts'
import type { TopicPartition } from './partitions.ts'

/** Names instead of topic ids. */
const OFFSET_VERSION_MAX = 9

export interface GroupSummary {
  readonly group: string
  /** Empty where the brokers are too old to say. */
  readonly state: string
  readonly type: string
  readonly protocolType: string
  /** Id of the coordinator. */
  readonly coordinator: number
}

/** The groups of all brokers, by name. */
export async function listGroups(client: ClusterClient): Promise<GroupSummary[]> {
  const { brokers } = await client.metadata([])
  const lists = await Promise.all(
    brokers.map(async ({ nodeId }) => {
      const groups = await groupsOf(client, nodeId)
      return groups.map(({ groupId, groupState, groupType, protocolType }) => ({
        group: groupId,
        state: groupState,
        type: groupType,
        protocolType,
        coordinator: nodeId,
      }))
    }),
  )
  return lists.flat().sort((a, b) => (a.group < b.group ? -1 : 1))
}

async function groupsOf(
  client: ClusterClient,
  nodeId: number,
): Promise<ReturnType<typeof ListGroupsResponse.decode>['groups']> {
  const backoff = new Backoff(client, client.timeoutMs)
  for (;;) {
    const node = await client.node(nodeId)
    const { errorCode, groups } = await node.send(ListGroupsRequest, ListGroupsResponse, {})
    if (errorCode === 0) return groups
    if (!isRetriable(errorCode) || !(await backoff.pause())) {
      checkError(errorCode, `list the groups of node ${nodeId}`)
    }
  }
}

export interface GroupMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly host: string
  readonly partitions: readonly TopicPartition[]
}

export interface GroupDescription {
  readonly group: string
  readonly state: string
  /** Assignor of the members. */
  readonly assignor: string
  readonly protocolType: string
  readonly members: readonly GroupMember[]
}

/** Asks the coordinator, again while it says that it is not ready or no longer the one. */
export async function askCoordinator<T>(
  client: ClusterClient,
  group: string,
  ask: (node: NodeConnection) => Promise<T>,
): Promise<T> {
  const backoff = new Backoff(client, client.timeoutMs)
  for (;;) {
    try {
      return await ask(await client.coordinator(group))
    } catch (error) {
      const isGone = error instanceof Error && error.name === 'UnreachableError'
      if (isGone || !mayPass(error) || !(await backoff.pause())) throw error
    }
  }
}

/** Throws KafkaError GROUP_ID_NOT_FOUND for one that does not exist. */
export function describeGroup(client: ClusterClient, group: string): Promise<GroupDescription> {
  return askCoordinator(client, group, async (node) => {
    const classic = await describeClassic(node, group)
    const isMissing = classic === null || classic.state === 'Dead'
    if (!isMissing) return classic
    const modern = await describeModern(node, group)
    if (modern !== null) return modern
    const action = `describe group '${group}'`
    throw new KafkaError(errorCodes.GROUP_ID_NOT_FOUND, action)
  })
}

async function describeClassic(
  node: NodeConnection,
  group: string,
): Promise<GroupDescription | null> {
  const { groups } = await node.send(DescribeGroupsRequest, DescribeGroupsResponse, {
    groups: [group],
  })
  const found = groups[0]
  if (found === undefined || found.errorCode === errorCodes.GROUP_ID_NOT_FOUND) return null
  checkError(found.errorCode, `describe group '${group}'`, found.errorMessage)
  return {
    group,
    state: found.groupState,
    assignor: found.protocolData,
    protocolType: found.protocolType,
    members: found.members.map(({ memberAssignment, ...member }) => ({
      memberId: member.memberId,
      instanceId: member.groupInstanceId,
      clientId: member.clientId,
      host: member.clientHost,
      partitions: assignedPartitions(memberAssignment),
    })),
  }
}

/** Empty as well for groups that are not of consumers: their bytes mean something else. */
function assignedPartitions(assignment: Buffer): TopicPartition[] {
  const read = readConsumerProtocol(ConsumerProtocolAssignment, assignment)
  return (read?.assignedPartitions ?? [])
    .flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
    .sort(comparePartitions)
}

/** Groups of the protocol of KIP-848. Null: none of this name, or the cluster does not know the protocol. */
async function describeModern(
  node: NodeConnection,
  group: string,
): Promise<GroupDescription | null> {
  const isKnown = node.versionOf(ConsumerGroupDescribeRequest) !== null
  if (!isKnown) return null
  const { groups } = await node.send(ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, {
    groupIds: [group],
    includeAuthorizedOperations: false,
  })
  const found = groups[0]
  if (found === undefined || found.errorCode === errorCodes.GROUP_ID_NOT_FOUND) return null
  checkError(found.errorCode, `describe group '${group}'`, found.errorMessage)
  return {
    group,
    state: found.groupState,
    assignor: found.assignorName,
    protocolType: 'consumer',
    members: found.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      clientId: member.clientId,
      host: member.clientHost,
      partitions: member.assignment.topicPartitions
        .flatMap(({ topicName: topic, partitions }) =>
          partitions.map((partition) => ({ topic, partition })),
        )
        .sort(comparePartitions),
    })),
  }
}

export interface Committed extends TopicPartition {
  readonly offset: number
  readonly metadata: string | null
}

/** What the group has committed: all of it, or that of `partitions`. Partitions without a commit are left out. */
export function committedOffsets(
  client: ClusterClient,
  group: string,
  partitions: readonly TopicPartition[] | null,
): Promise<Committed[]> {
  const topics = partitions === null ? null : topicsOf(partitions)
  return askCoordinator(client, group, async (node) => {
    const answer = await node.send(
      OffsetFetchRequest,
      OffsetFetchResponse,
      { groupId: group, topics, groups: [{ groupId: group, topics }] },
      { versionMax: OFFSET_VERSION_MAX },
    )
    // One group is answered at the top in old versions, in a list in new ones.
    const found = answer.groups[0] ?? answer
    checkError(found.errorCode, `read the offsets of group '${group}'`)
    const committed: Committed[] = []
    for (const { name: topic, partitions } of found.topics) {
      for (const { partitionIndex: partition, committedOffset: offset, ...rest } of partitions) {
        checkError(rest.errorCode, `read the offset of ${partitionName({ topic, partition })}`)
        if (offset >= 0) committed.push({ topic, partition, offset, metadata: rest.metadata })
      }
    }
    return committed.sort(comparePartitions)
  })
}

function topicsOf(
  partitions: readonly TopicPartition[],
): { readonly name: string; readonly partitionIndexes: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const numbers = topics.get(topic)
    if (numbers === undefined) topics.set(topic, [partition])
    else numbers.push(partition)
  }
  return [...topics].map(([name, partitionIndexes]) => ({ name, partitionIndexes }))
}
