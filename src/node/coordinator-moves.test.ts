/** A group's offsets, whose partition three brokers replicate: they move with its leadership. */
import { expect, test } from 'vitest'
import { GroupCoordinator } from '../coordinators/groups/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { TestCluster } from '../replication/cluster.conformance.ts'
import type { TestBroker } from '../replication/cluster.conformance.ts'
import { PartitionShardLog } from './partition-shard-log.ts'

const TOPIC = { name: 'orders', id: 'zUhHqU_ERA2xxZOFJsHWlA', partitions: [{}] }
const context = { apiVersion: 8, clientId: 'app', clientHost: '/127.0.0.1' }

function coordinatorOn(broker: TestBroker): GroupCoordinator {
  const io = broker.process?.io
  if (io === undefined) throw new Error('The broker is not up')
  return new GroupCoordinator({
    ...io,
    config: {
      sessionTimeoutMsMin: 10,
      sessionTimeoutMsMax: 60_000,
      initialRebalanceDelayMs: 0,
      groupSizeMax: 100,
      offsetMetadataLengthMax: 4096,
      offsetsRetentionMs: 1e9,
      offsetsRetentionCheckIntervalMs: 600_000,
    },
    commitTimeoutMs: 5_000,
    codec: 'uncompressed',
    partitionCount: () => 1,
    openLog: () => new PartitionShardLog(() => broker.partition()),
    topics: () => ({
      byName: (name) => (name === TOPIC.name ? TOPIC : undefined),
      byId: () => undefined,
    }),
  })
}

function commit(groups: GroupCoordinator, committedOffset: number): Promise<number | undefined> {
  const partition = {
    partitionIndex: 0,
    committedOffset,
    committedLeaderEpoch: -1,
    committedMetadata: '',
  }
  const topics = [{ name: TOPIC.name, topicId: TOPIC.id, partitions: [partition] }]
  const request = {
    groupId: 'g',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics,
  }
  return groups
    .commitOffsets(request, context)
    .then((answer) => answer.topics[0]?.partitions[0]?.errorCode)
}

async function committed(groups: GroupCoordinator) {
  const topics = [{ name: TOPIC.name, topicId: TOPIC.id, partitionIndexes: [0] }]
  const group = { groupId: 'g', memberId: null, memberEpoch: -1, topics }
  const request = { groupId: '', topics: [], groups: [group], requireStable: false }
  const answer = await groups.fetchOffsets(request, context)
  const [first] = answer.groups ?? []
  return {
    errorCode: first?.errorCode ?? 0,
    offset: first?.topics[0]?.partitions[0]?.committedOffset,
  }
}

test('a commit that was answered is there on the next leader; one that was not is refused', async () => {
  const cluster = new TestCluster({ seed: 1, minInsyncReplicas: 2 })
  const { world } = cluster
  await cluster.start()
  const [one, two] = [cluster.broker(1), cluster.broker(2)]
  const first = coordinatorOn(one)
  const second = coordinatorOn(two)
  first.onElected(0, 0)
  await world.run({ forMs: 10 })
  expect(await world.settle(commit(first, 5))).toBe(0)
  expect(await world.settle(committed(second))).toMatchObject({
    errorCode: errorCodes.NOT_COORDINATOR,
  })

  for (const other of [2, 3]) world.network.block(cluster.broker(other).machine, one.machine)
  const pending = commit(first, 6)
  await world.run({ forMs: 5 })
  cluster.controller.change(0, { leader: 2 })
  expect(await world.settle(pending)).toBe(errorCodes.NOT_COORDINATOR)
  expect(await world.settle(commit(first, 7))).toBe(errorCodes.NOT_COORDINATOR)
  for (const other of [2, 3]) world.network.unblock(cluster.broker(other).machine, one.machine)

  await world.run({ forMs: 50 })
  second.onElected(0, 1)
  await world.run({ forMs: 100 })
  const found = await world.settle(committed(second))
  expect(found.errorCode).toBe(0)
  expect(found.offset).toBeOneOf([5, 6])
  expect(await world.settle(commit(second, 8))).toBe(0)
  expect(await world.settle(committed(second))).toEqual({ errorCode: 0, offset: 8 })
})
