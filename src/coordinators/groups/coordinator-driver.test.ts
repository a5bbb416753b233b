import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../base/index.ts'
import { errorCodes } from '../../protocol/index.ts'
import { FakeClock, FakeLog, fakeTelemetry, settle } from '../runtime/fakes.conformance.ts'
import type { Join, OffsetCommit, OffsetFetch } from './api.ts'
import { defaultGroupConfig } from './config.ts'
import { GroupCoordinator } from './coordinator-driver.ts'

const {
  COORDINATOR_LOAD_IN_PROGRESS,
  COORDINATOR_NOT_AVAILABLE,
  INCONSISTENT_GROUP_PROTOCOL,
  INVALID_GROUP_ID,
  INVALID_SESSION_TIMEOUT,
  MEMBER_ID_REQUIRED,
  NOT_COORDINATOR,
  NOT_ENOUGH_REPLICAS,
  UNKNOWN_MEMBER_ID,
  UNKNOWN_TOPIC_ID,
  UNKNOWN_TOPIC_OR_PARTITION,
} = errorCodes

const TOPIC = { name: 't', id: 'zUhHqU_ERA2xxZOFJsHWlA', partitions: [{}, {}] }
const GONE_ID = 'NmM1Zrg1QcSTPYwOwS5EFQ'

class Bench {
  readonly clock = new FakeClock()
  readonly logs = new Map<number, FakeLog>()
  readonly groups: GroupCoordinator
  #random = 0

  constructor(partitionCount = 1) {
    this.groups = new GroupCoordinator({
      clock: this.clock,
      entropy: {
        randomBytes: (size) => Buffer.alloc(size, ++this.#random),
        random: () => 0,
      },
      telemetry: fakeTelemetry(),
      config: { ...defaultGroupConfig, initialRebalanceDelayMs: 0 },
      commitTimeoutMs: 5_000,
      codec: 'uncompressed',
      partitionCount: () => partitionCount,
      openLog: (partition) => this.log(partition),
      topics: () => ({
        byName: (name) => (name === TOPIC.name ? TOPIC : undefined),
        byId: (id) => (id === TOPIC.id ? TOPIC : undefined),
      }),
    })
  }

  log(partition = 0): FakeLog {
    const log = this.logs.get(partition) ?? new FakeLog()
    this.logs.set(partition, log)
    return log
  }

  async elect(partition = 0, epoch = 1): Promise<this> {
    this.log(partition).currentEpoch = epoch
    this.groups.onElected(partition, epoch)
    await settle()
    return this
  }
}

const context = (apiVersion: number) => ({
  apiVersion,
  clientId: 'app',
  clientHost: '/127.0.0.1',
})

function joinOf(call: Partial<Join> = {}): Join {
  return {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('x') }],
    reason: null,
    ...call,
  }
}

function commitOf(topics: OffsetCommit['topics'], call: Partial<OffsetCommit> = {}): OffsetCommit {
  return {
    groupId: 'g',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics,
    ...call,
  }
}

function partition(partitionIndex: number, committedOffset = 7) {
  return { partitionIndex, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' }
}

function fetchOf(call: Partial<OffsetFetch>): OffsetFetch {
  return { groupId: '', topics: [], groups: [], requireStable: false, ...call }
}

describe('leadership', () => {
  it('of another node is told as such', async () => {
    const { groups } = new Bench()
    const joined = await groups.joinGroup(joinOf(), context(9))
    expect(joined.errorCode).toBe(NOT_COORDINATOR)
    expect(groups.phaseOf(0)).toBeNull()
  })

  it('begins with the log: callers must wait, heartbeats need not', async () => {
    const bench = await new Bench().elect()
    await bench.groups.joinGroup(joinOf(), context(9))
    const { groups } = bench
    bench.log().currentEpoch = 2
    let read = (): void => {}
    bench.log().beforeRead = () => new Promise((resolve) => (read = resolve))
    groups.onElected(0, 2)
    const beat = { groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null }
    expect(await groups.heartbeat(beat, context(4))).toEqual({ errorCode: 0 })
    const listed = await groups.listGroups({ statesFilter: [], typesFilter: [] }, context(5))
    expect(listed).toEqual({ errorCode: COORDINATOR_LOAD_IN_PROGRESS, groups: [] })
    read()
    await settle()
    expect(groups.phaseOf(0)).toBe('active')
  })

  it('ends with an answer to everybody who waits', async () => {
    const bench = await new Bench().elect()
    const first = bench.groups.joinGroup(joinOf({ rebalanceTimeoutMs: 1_000_000 }), context(3))
    await settle()
    bench.groups.onResigned(0)
    expect(await first).toMatchObject({ errorCode: NOT_COORDINATOR, memberId: '' })
    expect(bench.groups.phaseOf(0)).toBeNull()
  })

  it('goes on with what the log says', async () => {
    const bench = await new Bench().elect()
    const topics = [{ name: 't', topicId: ZERO_UUID, partitions: [partition(1)] }]
    await bench.groups.commitOffsets(commitOf(topics), context(8))
    bench.groups.onResigned(0)
    await bench.elect(0, 5)
    const groups = [{ groupId: 'g', memberId: null, memberEpoch: -1, topics: null }]
    const fetched = await bench.groups.fetchOffsets(fetchOf({ groups }), context(8))
    expect(fetched.groups?.[0]).toMatchObject({
      topics: [{ name: 't', partitions: [{ partitionIndex: 1, committedOffset: 7 }] }],
    })
  })

  it('is not begun anew for an epoch that is known', async () => {
    const bench = await new Bench().elect(0, 3)
    bench.groups.onElected(0, 3)
    bench.groups.onElected(0, 2)
    expect(bench.groups.phaseOf(0)).toBe('active')
  })

  it('is over for good when the coordinator closes', async () => {
    const bench = await new Bench().elect()
    bench.groups.close()
    await bench.elect(0, 9)
    const answer = await bench.groups.joinGroup(joinOf(), context(9))
    expect(answer.errorCode).toBe(COORDINATOR_NOT_AVAILABLE)
    expect(bench.clock.timerCount).toBe(0)
  })
})

describe('JoinGroup', () => {
  it.each([
    ['an empty group id', { groupId: '' }, INVALID_GROUP_ID],
    ['too short a session', { sessionTimeoutMs: 5_999 }, INVALID_SESSION_TIMEOUT],
    ['too long a session', { sessionTimeoutMs: 1_800_001 }, INVALID_SESSION_TIMEOUT],
  ])('is refused for %s', async (_what, call, errorCode) => {
    const { groups } = await new Bench().elect()
    const answer = await groups.joinGroup(joinOf({ memberId: 'm', ...call }), context(9))
    expect(answer).toMatchObject({ errorCode, memberId: 'm' })
  })

  it('leads to a generation, with ids made of client id and UUID', async () => {
    const bench = await new Bench().elect()
    const first = await bench.groups.joinGroup(joinOf(), context(9))
    expect(first).toMatchObject({ errorCode: MEMBER_ID_REQUIRED, protocolName: null })
    expect(first.memberId).toMatch(/^app-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/)
    const second = bench.groups.joinGroup(joinOf({ memberId: first.memberId }), context(9))
    await bench.clock.advance(1)
    const joined = await second
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, leader: first.memberId })
    const synced = await bench.groups.syncGroup(
      {
        groupId: 'g',
        generationId: 1,
        memberId: joined.memberId,
        groupInstanceId: null,
        protocolType: 'consumer',
        protocolName: 'range',
        assignments: [{ memberId: joined.memberId, assignment: Buffer.from('all') }],
      },
      context(5),
    )
    expect(synced).toMatchObject({ errorCode: 0, assignment: Buffer.from('all') })
    const [overview] = bench.groups.overview()
    expect(overview).toMatchObject({ groupId: 'g', state: 'Stable', memberCount: 1 })
  })

  it('has no null protocol before version 7', async () => {
    const { groups } = await new Bench().elect()
    expect(await groups.joinGroup(joinOf(), context(6))).toMatchObject({ protocolName: '' })
    expect(await groups.joinGroup(joinOf(), context(7))).toMatchObject({ protocolName: null })
  })

  it('takes the session timeout of version 0 for both', async () => {
    const bench = await new Bench().elect()
    void bench.groups.joinGroup(joinOf({ rebalanceTimeoutMs: -1 }), context(0))
    await bench.clock.advance(1)
    await bench.clock.advance(9_998)
    expect([...bench.groups.overview()][0]).toMatchObject({ memberCount: 1 })
  })
})

describe('SyncGroup, Heartbeat, LeaveGroup', () => {
  const sync = {
    groupId: 'g',
    generationId: 1,
    memberId: 'm',
    groupInstanceId: null,
    protocolType: null,
    protocolName: null,
    assignments: [],
  }

  it('must name the protocol from version 5 on', async () => {
    const { groups } = await new Bench().elect()
    expect(await groups.syncGroup(sync, context(5))).toMatchObject({
      errorCode: INCONSISTENT_GROUP_PROTOCOL,
    })
    expect(await groups.syncGroup(sync, context(4))).toMatchObject({ errorCode: UNKNOWN_MEMBER_ID })
  })

  it('are refused without a group id', async () => {
    const { groups } = await new Bench().elect()
    const errors = [
      await groups.syncGroup({ ...sync, groupId: '' }, context(4)),
      await groups.heartbeat(
        { groupId: '', generationId: 1, memberId: 'm', groupInstanceId: null },
        context(4),
      ),
      await groups.leaveGroup({ groupId: '', memberId: 'm', members: [] }, context(4)),
      await groups.deleteOffsets(
        { groupId: '', topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }] },
        context(0),
      ),
    ]
    expect(errors.map(({ errorCode }) => errorCode)).toEqual([24, 24, 24, 24])
  })

  it('tell the error of the one member in versions of LeaveGroup that know only one', async () => {
    const { groups } = await new Bench().elect()
    const call = { groupId: 'g', memberId: 'm', members: [] }
    expect(await groups.leaveGroup(call, context(2))).toEqual({ errorCode: UNKNOWN_MEMBER_ID })
    const members = [{ memberId: 'm', groupInstanceId: null, reason: null }]
    expect(await groups.leaveGroup({ ...call, members }, context(3))).toEqual({
      errorCode: 0,
      members: [{ memberId: 'm', groupInstanceId: null, errorCode: UNKNOWN_MEMBER_ID }],
    })
  })
})

describe('OffsetCommit', () => {
  it('by name refuses what does not exist, and stores the topic id with the rest', async () => {
    const { groups } = await new Bench().elect()
    const answer = await groups.commitOffsets(
      commitOf([
        { name: 't', topicId: ZERO_UUID, partitions: [partition(0), partition(2)] },
        { name: 'u', topicId: ZERO_UUID, partitions: [partition(0)] },
      ]),
      context(9),
    )
    const errors = answer.topics.map(({ partitions }) => partitions.map((part) => part.errorCode))
    expect(errors).toEqual([[0, UNKNOWN_TOPIC_OR_PARTITION], [UNKNOWN_TOPIC_OR_PARTITION]])
    const [overview] = groups.overview()
    expect(overview?.offsets.get('t')?.get(0)).toMatchObject({ offset: 7, topicId: TOPIC.id })
  })

  it('by id refuses ids that do not exist', async () => {
    const { groups } = await new Bench().elect()
    const answer = await groups.commitOffsets(
      commitOf([
        { name: '', topicId: TOPIC.id, partitions: [partition(0)] },
        { name: '', topicId: GONE_ID, partitions: [partition(0)] },
      ]),
      context(10),
    )
    expect(answer.topics).toMatchObject([
      { topicId: TOPIC.id, partitions: [{ errorCode: 0 }] },
      { topicId: GONE_ID, partitions: [{ errorCode: UNKNOWN_TOPIC_ID }] },
    ])
  })

  it('of nothing that exists needs no coordinator', async () => {
    const { groups } = new Bench()
    const topics = [{ name: 'u', topicId: ZERO_UUID, partitions: [partition(0)] }]
    const answer = await groups.commitOffsets(commitOf(topics), context(9))
    expect(answer.topics[0]?.partitions[0]?.errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION)
  })

  it('tells every partition of a failure', async () => {
    const bench = await new Bench().elect()
    bench.log().appendError = NOT_ENOUGH_REPLICAS
    const parts = [partition(0), partition(9)]
    const topics = [{ name: 't', topicId: ZERO_UUID, partitions: parts }]
    const answer = await bench.groups.commitOffsets(commitOf(topics), context(9))
    const errors = answer.topics[0]?.partitions.map(({ errorCode }) => errorCode)
    expect(errors).toEqual([COORDINATOR_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION])
  })

  it('loses its topic with the topic', async () => {
    const { groups } = await new Bench().elect()
    const topics = [{ name: 't', topicId: ZERO_UUID, partitions: [partition(0)] }]
    await groups.commitOffsets(commitOf(topics), context(9))
    groups.onTopicsDeleted([{ name: 't', topicId: TOPIC.id }])
    expect([...groups.overview()]).toEqual([])
  })
})

describe('OffsetFetch', () => {
  async function committed(): Promise<Bench> {
    const bench = await new Bench().elect()
    const topics = [{ name: 't', topicId: ZERO_UUID, partitions: [partition(0)] }]
    await bench.groups.commitOffsets(commitOf(topics), context(9))
    return bench
  }

  it('answers in the form of one group before version 8', async () => {
    const { groups } = await committed()
    const call = fetchOf({ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0, 1] }] })
    const answer = await groups.fetchOffsets(call, context(7))
    expect(answer.errorCode).toBe(0)
    expect(answer.topics).toMatchObject([
      { name: 't', partitions: [{ committedOffset: 7 }, { committedOffset: -1 }] },
    ])
    expect(await groups.fetchOffsets(fetchOf({ groupId: 'g', topics: null }), context(2))).toEqual({
      errorCode: 0,
      topics: [expect.objectContaining({ name: 't' })],
    })
  })

  it('answers for many groups, each with its own error', async () => {
    const bench = new Bench(2)
    const [here = '', there = ''] = ['g0', 'g1'].sort(
      (a, b) => bench.groups.partitionFor(a) - bench.groups.partitionFor(b),
    )
    await bench.elect(0)
    const groups = [here, there].map((groupId) => ({
      groupId,
      memberId: null,
      memberEpoch: -1,
      topics: null,
    }))
    const answer = await bench.groups.fetchOffsets(fetchOf({ groups }), context(8))
    expect(answer.groups).toEqual([
      { groupId: here, topics: [] },
      { groupId: there, topics: [], errorCode: NOT_COORDINATOR },
    ])
  })

  it('names topics by id from version 10 on', async () => {
    const { groups } = await committed()
    const ask = async (topics: OffsetFetch['groups'][number]['topics']) => {
      const group = { groupId: 'g', memberId: null, memberEpoch: -1, topics }
      const answer = await groups.fetchOffsets(fetchOf({ groups: [group] }), context(10))
      return answer.groups?.[0]?.topics
    }
    expect(await ask(null)).toMatchObject([{ topicId: TOPIC.id }])
    const named = [TOPIC.id, GONE_ID].map((topicId) => ({
      name: '',
      topicId,
      partitionIndexes: [0],
    }))
    expect(await ask(named)).toMatchObject([
      { topicId: TOPIC.id, partitions: [{ committedOffset: 7, errorCode: 0 }] },
      { topicId: GONE_ID, partitions: [{ committedOffset: -1, errorCode: UNKNOWN_TOPIC_ID }] },
    ])
  })

  it('tells a failure in the words that its version knows', async () => {
    const bench = new Bench()
    const call = fetchOf({ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] })
    expect(await bench.groups.fetchOffsets(call, context(2))).toEqual({
      topics: [],
      errorCode: NOT_COORDINATOR,
    })
    expect(await bench.groups.fetchOffsets(call, context(1))).toMatchObject({
      topics: [{ name: 't', partitions: [{ errorCode: NOT_COORDINATOR, committedOffset: -1 }] }],
    })
  })

  it('does not tell old consumers that the coordinator is not available', async () => {
    const bench = await committed()
    bench.log().holdsCommits = true
    const topics = [{ name: 't', topicId: ZERO_UUID, partitions: [partition(0, 8)] }]
    const committing = bench.groups.commitOffsets(commitOf(topics), context(9))
    const call = fetchOf({ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] })
    const fetching = bench.groups.fetchOffsets(call, context(7))
    await bench.clock.advance(5_000)
    expect((await fetching).errorCode).toBe(NOT_COORDINATOR)
    const late = await committing
    expect(late.topics[0]?.partitions[0]?.errorCode).toBe(COORDINATOR_NOT_AVAILABLE)
  })
})

describe('many groups at once', () => {
  it('are described and deleted by their partitions, answered in order', async () => {
    const bench = new Bench(2)
    await bench.elect(0)
    const { groups } = bench
    const ids = ['a', 'b', 'c', 'd']
    const described = await groups.describeGroups(
      { groups: ids, includeAuthorizedOperations: true },
      context(5),
    )
    expect(described.groups.map(({ groupId }) => groupId)).toEqual(ids)
    for (const group of described.groups) {
      const isHere = groups.partitionFor(group.groupId) === 0
      expect(group).toMatchObject({ errorCode: isHere ? 0 : NOT_COORDINATOR })
      expect(group.authorizedOperations).toBe(isHere ? 3400 : undefined)
    }
    const deleted = await groups.deleteGroups({ groupsNames: [...ids, 'a'] }, context(2))
    expect(deleted.results.map(({ groupId }) => groupId)).toEqual(ids)
    expect(new Set(deleted.results.map(({ errorCode }) => errorCode))).toEqual(
      new Set([errorCodes.GROUP_ID_NOT_FOUND, NOT_COORDINATOR]),
    )
  })

  it('are listed over all partitions, whatever the case of the filters', async () => {
    const bench = new Bench(2)
    await bench.elect(0)
    await bench.elect(1)
    const topics = [{ name: 't', topicId: ZERO_UUID, partitions: [partition(0)] }]
    for (const groupId of ['a', 'b', 'c']) {
      await bench.groups.commitOffsets(commitOf(topics, { groupId }), context(9))
    }
    const filters = { statesFilter: [' EMPTY'], typesFilter: ['Classic'] }
    const listed = await bench.groups.listGroups(filters, context(5))
    expect(listed.groups.map(({ groupId }) => groupId).sort()).toEqual(['a', 'b', 'c'])
    expect(listed.groups[0]).toMatchObject({ groupState: 'Empty', groupType: 'classic' })
  })

  it('have offsets that can be deleted', async () => {
    const { groups } = await new Bench().elect()
    const topics = [{ name: 't', topicId: ZERO_UUID, partitions: [partition(0)] }]
    await groups.commitOffsets(commitOf(topics), context(9))
    const partitions = [{ partitionIndex: 0 }, { partitionIndex: 5 }]
    const call = { groupId: 'g', topics: [{ name: 't', partitions }] }
    expect(await groups.deleteOffsets(call, context(0))).toEqual({
      errorCode: 0,
      topics: [
        {
          name: 't',
          partitions: [
            { partitionIndex: 0, errorCode: 0 },
            { partitionIndex: 5, errorCode: UNKNOWN_TOPIC_OR_PARTITION },
          ],
        },
      ],
    })
    expect([...groups.overview()]).toEqual([])
  })
})
