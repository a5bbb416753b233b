/** After the last fault the cluster must come right by itself: what that means, asked as a client can ask it. */
import {
  FetchRequest,
  FetchResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
  MetadataRequest,
  MetadataResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
} from '../../src/protocol/index.ts'
import type { Decoded, Message } from '../../src/wire/index.ts'
import { fetchedOf, readFetched } from '../storage/fetching.ts'
import { fetchedOffset } from '../storage/operations/fetch-offset.ts'
import type { ScannedBatch } from '../storage/partition-shadow.ts'
import type { ClusterClient } from './client.ts'
import { findCoordinator, offsetFetchOf } from './operations/groups.ts'
import { produceIdempotent } from './operations/produce.ts'
import type { ClusterShadow, Target } from './shadow.ts'

const EARLIEST = -2
const SCAN_BYTES = 1_000_000

type TopicMetadata = Decoded<typeof MetadataResponse>['topics'][number]

/** Null: everything is as it should be. Otherwise what is not, yet. Throws Violation for what can never come right. */
export async function whatIsMissing(
  client: ClusterClient,
  shadow: ClusterShadow,
): Promise<string | null> {
  const apart = await whoIsApart(client, shadow)
  if (apart !== null) return apart
  const open = await settleProducers(client, shadow)
  if (open > 0) return `${open} batches of producers with an id are open`
  for (const target of shadow.targets()) {
    const missing = (await scan(client, target)) ?? (await checkOffsets(client, shadow, target))
    if (missing !== null) return missing
  }
  // Meanwhile a replica may have fallen behind.
  return whoIsApart(client, shadow)
}

/** Null: all nodes know of one another and of all topics, and every replica is in sync. */
async function whoIsApart(client: ClusterClient, shadow: ClusterShadow): Promise<string | null> {
  for (const nodeId of shadow.nodeIds) {
    const draft = { topics: null, allowAutoTopicCreation: false }
    const reply = await client.send(nodeId, MetadataRequest, MetadataResponse, draft)
    if (reply.kind !== 'answer') return `node ${nodeId} does not answer`
    shadow.learn(reply.answer)
    const { brokers, topics } = reply.answer
    if (brokers.length < shadow.nodeIds.length)
      return `node ${nodeId} knows ${brokers.length} nodes`
    const missing = topics.flatMap((topic) => missingOf(topic))[0]
    if (missing !== undefined) return `node ${nodeId} says ${missing}`
    for (const { name, id } of shadow.topics) {
      if (id !== null && !topics.some((topic) => topic.topicId === id)) {
        return `node ${nodeId} does not know ${name}`
      }
    }
  }
  return null
}

function missingOf({ name, errorCode, partitions }: TopicMetadata): string[] {
  if (errorCode !== 0) return [`${name} has error ${errorCode}`]
  return partitions.flatMap(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => {
    if (leaderId < 0) return [`${name}-${partitionIndex} has no leader`]
    if (isrNodes.length === replicaNodes.length) return []
    return [
      `${name}-${partitionIndex} has ${isrNodes.join(' ')} of ${replicaNodes.join(' ')} in sync`,
    ]
  })
}

/** Sends again what has no answer. Returns how much is left. */
async function settleProducers(client: ClusterClient, shadow: ClusterShadow): Promise<number> {
  const prng = client.process.world.prng('convergence')
  for (const producer of shadow.producers) {
    if (producer.openCount === 0) continue
    await produceIdempotent.prepare({ shadow: shadow.withProducer(producer), prng, client })?.()
  }
  return shadow.producers.reduce((sum, { openCount }) => sum + openCount, 0)
}

/** Reads all of a partition from its leader, and compares. */
async function scan(client: ClusterClient, target: Target): Promise<string | null> {
  const { topic, id, index, partition, leadership } = target
  const earliest = { partitionIndex: index, timestamp: EARLIEST }
  const starts = await ask(client, leadership.leaderId, ListOffsetsRequest, ListOffsetsResponse, {
    replicaId: -1,
    topics: [{ name: topic.name, partitions: [earliest] }],
  })
  const start = starts?.topics[0]?.partitions[0]
  if (start === undefined || start.errorCode !== 0) {
    return `${partition.name} does not say where it begins (${start?.errorCode})`
  }
  const batches: ScannedBatch[] = []
  for (let offset = start.offset; ;) {
    const fetched = await ask(client, leadership.leaderId, FetchRequest, FetchResponse, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: SCAN_BYTES,
      topics: [
        {
          topic: topic.name,
          topicId: id,
          partitions: [{ partition: index, fetchOffset: offset, partitionMaxBytes: SCAN_BYTES }],
        },
      ],
      forgottenTopicsData: [],
    })
    if (fetched === null) return `${partition.name} is not answered`
    const found = fetchedOf(fetched)
    const errorCode = typeof found === 'number' ? found : found.errorCode
    if (typeof found === 'number' || errorCode !== 0) {
      return `${partition.name} cannot be read at ${offset} (${errorCode})`
    }
    const read = readFetched(partition.name, found.records)
    batches.push(...read)
    const end = read.at(-1)?.offsetEnd
    if (end !== undefined) {
      offset = end
      continue
    }
    if (found.highWatermark < partition.knownEnd) {
      return `${partition.name} is committed up to ${found.highWatermark}, known is ${partition.knownEnd}`
    }
    partition.check({ logStart: start.offset, highWatermark: found.highWatermark, batches })
    return null
  }
}

async function checkOffsets(
  client: ClusterClient,
  shadow: ClusterShadow,
  target: Target,
): Promise<string | null> {
  for (const [group, offsets] of target.topic.committed) {
    const committed = offsets[target.index]
    if (committed === undefined || !committed.wasTried) continue
    const prng = client.process.world.prng('convergence')
    await findCoordinator.prepare({ shadow, prng, client })?.()
    const coordinatorId = shadow.coordinators.get(group) ?? null
    if (coordinatorId === null) return `group ${group} has no coordinator`
    const draft = offsetFetchOf(target, group)
    const answer = await ask(client, coordinatorId, OffsetFetchRequest, OffsetFetchResponse, draft)
    const found = answer === null ? null : fetchedOffset(answer)
    if (found === null || found.errorCode !== 0) {
      return `group ${group} is not answered by node ${coordinatorId} (${found?.errorCode})`
    }
    committed.seen(found.offset, false)
  }
  return null
}

async function ask<A, Q>(
  client: ClusterClient,
  nodeId: number,
  request: Message<unknown, Q>,
  response: Message<A, unknown>,
  draft: Q,
): Promise<A | null> {
  const reply = await client.send(nodeId, request, response, draft)
  return reply.kind === 'answer' ? reply.answer : null
}
