import { describe, expect, it } from 'vitest'
import {
  errorCodes,
  writeConsumerProtocol,
  ConsumerProtocolSubscription,
} from '../../protocol/index.ts'
import { CoreHarness } from './harness.conformance.ts'
import { offsetCommitRecord } from './records.ts'

const {
  GROUP_ID_NOT_FOUND,
  GROUP_SUBSCRIBED_TO_TOPIC,
  ILLEGAL_GENERATION,
  NON_EMPTY_GROUP,
  OFFSET_METADATA_TOO_LARGE,
  REBALANCE_IN_PROGRESS,
  UNKNOWN_MEMBER_ID,
  UNSTABLE_OFFSET_COMMIT,
} = errorCodes

const TOPIC_ID = 'zUhHqU_ERA2xxZOFJsHWlA'
const OTHER_ID = 'NmM1Zrg1QcSTPYwOwS5EFQ'
const DAY_MS = 24 * 60 * 60_000

function subscribedTo(...topics: readonly string[]): { protocols: Record<string, Buffer> } {
  return {
    protocols: { range: writeConsumerProtocol(ConsumerProtocolSubscription, 1, { topics }) },
  }
}

describe('OffsetCommit', () => {
  it('stores offsets for somebody outside of any group', () => {
    const core = new CoreHarness()
    expect(core.commit('g', 't', { 0: 10, 3: 13 })).toEqual([0, 0])
    expect(core.fetch('g', 't', [0, 1, 3])).toEqual([10, -1, 13])
    expect(core.describe('g')).toMatchObject({ groupState: 'Empty', protocolType: '' })
    expect(core.reloaded().fetch('g', 't', [0, 3])).toEqual([10, 13])
  })

  it('stores offsets of a member', () => {
    const core = new CoreHarness()
    const [memberId = ''] = core.stableGroup('g', 1)
    expect(core.commit('g', 't', { 0: 10 }, { memberId, generationId: 1 })).toEqual([0])
    expect(core.fetch('g', 't', [0])).toEqual([10])
  })

  it('answers when it is committed, and shows it to nobody before', () => {
    const core = new CoreHarness()
    core.holdsCommits = true
    const request = core.sendCommit('g', 't', { 0: 10 })
    expect(core.answer(request)).toBeNull()
    expect(() => core.fetch('g', 't', [0])).toThrow('has not been answered')
    core.commitAll()
    expect(core.answer(request)).not.toBeNull()
  })

  it('is forgotten when it could not be appended', () => {
    const core = new CoreHarness()
    core.appendError = errorCodes.COORDINATOR_NOT_AVAILABLE
    const request = core.sendCommit('g', 't', { 0: 10 })
    expect(core.answers.get(request)).toEqual({ failedWith: errorCodes.COORDINATOR_NOT_AVAILABLE })
    core.appendError = 0
    expect(core.fetch('g', 't', [0])).toEqual([-1])
    expect(core.list()).toEqual([])
  })

  it.each([
    ['a stranger without a generation', {}, UNKNOWN_MEMBER_ID],
    ['an unknown member', { memberId: 'ghost', generationId: 1 }, UNKNOWN_MEMBER_ID],
    ['an unknown member without a generation', { memberId: 'ghost' }, UNKNOWN_MEMBER_ID],
    ['an unknown instance', { instanceId: 'x', generationId: 1 }, UNKNOWN_MEMBER_ID],
    ['an old generation', { memberId: 'MEMBER', generationId: 0 }, ILLEGAL_GENERATION],
    ['a member without its generation', { memberId: 'MEMBER' }, ILLEGAL_GENERATION],
    ['a member', { memberId: 'MEMBER', generationId: 1 }, 0],
  ])('to a group with members: %s', (_who, options, errorCode) => {
    const core = new CoreHarness()
    const [memberId = ''] = core.stableGroup('g', 1)
    const named = 'memberId' in options && options.memberId === 'MEMBER' ? { memberId } : {}
    expect(core.commit('g', 't', { 0: 1 }, { ...options, ...named })).toEqual([errorCode])
  })

  it('to a group that does not exist: a generation is unknown, in the words of the version', () => {
    const core = new CoreHarness()
    const options = { memberId: 'm', generationId: 1 }
    expect(core.commit('g', 't', { 0: 1 }, { ...options, apiVersion: 8 })).toEqual([
      ILLEGAL_GENERATION,
    ])
    expect(core.commit('g', 't', { 0: 1 }, { ...options, apiVersion: 9 })).toEqual([
      GROUP_ID_NOT_FOUND,
    ])
  })

  it('is refused while the generation completes, and accepted from the last one before', () => {
    const core = new CoreHarness()
    const [memberId = ''] = core.stableGroup('g', 1)
    core.joinDynamic('g')
    expect(core.commit('g', 't', { 0: 1 }, { memberId, generationId: 1 })).toEqual([0])
    core.join('g', { memberId })
    expect(core.group().state).toBe('CompletingRebalance')
    expect(core.commit('g', 't', { 0: 1 }, { memberId, generationId: 2 })).toEqual([
      REBALANCE_IN_PROGRESS,
    ])
  })

  it('is a sign of life', () => {
    const core = new CoreHarness()
    const [memberId = ''] = core.stableGroup('g', 1)
    for (let i = 0; i < 5; i++) {
      core.advance(9_000)
      core.commit('g', 't', { 0: i }, { memberId, generationId: 1 })
    }
    expect(core.group().state).toBe('Stable')
  })

  it('refuses metadata that is too long, partition by partition', () => {
    const core = new CoreHarness({ offsetMetadataLengthMax: 4 })
    expect(core.commit('g', 't', { 0: 1 }, { metadata: '12345' })).toEqual([
      OFFSET_METADATA_TOO_LARGE,
    ])
    expect(core.log).toEqual([])
    expect(core.commit('g', 't', { 0: 1 }, { metadata: '1234' })).toEqual([0])
    expect(core.commit('g', 't', { 1: 1 }, { metadata: null })).toEqual([0])
  })

  it('is possible for tools once the group is empty', () => {
    const core = new CoreHarness()
    const [memberId = ''] = core.stableGroup('g', 1)
    core.leave('g', { memberId })
    expect(core.commit('g', 't', { 0: 5 })).toEqual([0])
    expect(core.fetch('g', 't', [0])).toEqual([5])
  })
})

describe('OffsetFetch', () => {
  it('finds nothing, without an error, where nothing was committed', () => {
    const core = new CoreHarness()
    expect(core.fetch('g', 't', [0, 1])).toEqual([-1, -1])
    expect(core.fetchAll('g')).toEqual([])
    expect(core.list()).toEqual([])
  })

  it('gives all that a group has', () => {
    const core = new CoreHarness()
    core.commit('g', 't', { 0: 10, 1: 11 }, { metadata: 'm', leaderEpoch: 4 })
    core.commit('g', 'u', { 2: 22 })
    core.commit('other', 'v', { 0: 1 })
    const [first, second] = core.fetchAll('g')
    expect(first).toMatchObject({ name: 't', partitions: [{ committedOffset: 10 }, {}] })
    expect(first?.partitions[0]).toEqual({
      partitionIndex: 0,
      committedOffset: 10,
      committedLeaderEpoch: 4,
      metadata: 'm',
      errorCode: 0,
    })
    expect(second).toMatchObject({ name: 'u', partitions: [{ partitionIndex: 2 }] })
  })

  it('does not take the offset of a deleted topic for that of a new one of the same name', () => {
    const core = new CoreHarness()
    core.commit('g', 't', { 0: 10 }, { topicId: TOPIC_ID })
    core.commit('g', 'old', { 0: 11 })
    expect(core.fetch('g', 't', [0], { topicId: TOPIC_ID })).toEqual([10])
    expect(core.fetch('g', 't', [0], { topicId: OTHER_ID })).toEqual([-1])
    expect(core.fetch('g', 't', [0])).toEqual([10])
    expect(core.fetch('g', 'old', [0], { topicId: OTHER_ID })).toEqual([11])
  })

  it('tells those who want stable offsets to wait for the end of a transaction', () => {
    const core = new CoreHarness()
    core.commit('g', 't', { 0: 10, 1: 11 })
    const pending = { offset: 20, leaderEpoch: -1, metadata: '', commitTimestampMs: 1 }
    const { key, value } = offsetCommitRecord('g', 't', 0, {
      ...pending,
      expireTimestampMs: -1,
      topicId: TOPIC_ID,
    })
    core.machine.apply(core.state, { offset: 9, key, value, transactionalProducerId: 7 })
    const ask = (requireStable: boolean): unknown => {
      const request = core.answers.size + 100
      const topic = { name: 't', topicId: TOPIC_ID, partitionIndexes: [0, 1], refusal: 0 }
      const group = { groupId: 'g', topics: [topic] }
      const event = { kind: 'fetch', request, requireStable, group } as const
      core.perform(core.machine.decide(core.state, event, core.nowMs))
      return core.answers.get(request)
    }
    expect(ask(true)).toMatchObject({
      topics: [
        {
          partitions: [
            { errorCode: UNSTABLE_OFFSET_COMMIT, committedOffset: -1 },
            { errorCode: 0, committedOffset: 11 },
          ],
        },
      ],
    })
    expect(ask(false)).toMatchObject({ topics: [{ partitions: [{ committedOffset: 10 }, {}] }] })
    core.machine.applyMarker(core.state, { producerId: 7, isCommit: true })
    expect(ask(true)).toMatchObject({ topics: [{ partitions: [{ committedOffset: 20 }, {}] }] })
  })
})

describe('OffsetDelete', () => {
  it('deletes offsets of an empty group, and knows those that are not there', () => {
    const core = new CoreHarness()
    core.commit('g', 't', { 0: 10, 1: 11 })
    expect(core.deleteOffsets('g', 't', [0, 7])).toEqual([0, 0])
    expect(core.log).toHaveLength(3)
    expect(core.fetch('g', 't', [0, 1])).toEqual([-1, 11])
    expect(core.reloaded().fetch('g', 't', [0, 1])).toEqual([-1, 11])
  })

  it('spares the topics that a consumer reads', () => {
    const core = new CoreHarness()
    const [memberId = ''] = core.stableGroup('g', 1, subscribedTo('t'))
    core.commit('g', 't', { 0: 1 }, { memberId, generationId: 1 })
    core.commit('g', 'u', { 0: 2 }, { memberId, generationId: 1 })
    expect(core.deleteOffsets('g', 't', [0])).toEqual([GROUP_SUBSCRIBED_TO_TOPIC])
    expect(core.deleteOffsets('g', 'u', [0])).toEqual([0])
  })

  it('spares all topics of consumers that cannot be understood', () => {
    const core = new CoreHarness()
    core.stableGroup('g', 1, { protocols: { range: 'not a subscription' } })
    expect(core.deleteOffsets('g', 't', [0])).toEqual([GROUP_SUBSCRIBED_TO_TOPIC])
  })

  it('is refused to groups of others with members, and without a group', () => {
    const core = new CoreHarness()
    core.stableGroup('g', 1, { protocolType: 'connect', protocols: { sessioned: 'x' } })
    expect(core.deleteOffsets('g', 't', [0])).toBe(NON_EMPTY_GROUP)
    expect(core.deleteOffsets('other', 't', [0])).toBe(GROUP_ID_NOT_FOUND)
  })
})

describe('topics that are deleted', () => {
  it('take their offsets with them, but not those of a new topic of the name', () => {
    const core = new CoreHarness()
    core.commit('g', 't', { 0: 10 }, { topicId: TOPIC_ID })
    core.commit('g', 'u', { 0: 11 })
    core.commit('h', 't', { 0: 12 }, { topicId: OTHER_ID })
    core.tell({
      kind: 'topicsDeleted',
      topics: [
        { name: 't', topicId: TOPIC_ID },
        { name: 'u', topicId: OTHER_ID },
      ],
    })
    expect(core.fetch('g', 't', [0])).toEqual([-1])
    expect(core.fetch('g', 'u', [0])).toEqual([-1])
    expect(core.fetch('h', 't', [0])).toEqual([12])
  })
})

describe('expiry', () => {
  it('deletes offsets of somebody outside of any group when they have not been committed for long', () => {
    const core = new CoreHarness({ offsetsRetentionMs: DAY_MS })
    core.commit('g', 't', { 0: 1, 1: 1 })
    core.advance(DAY_MS / 2)
    core.commit('g', 't', { 1: 2 })
    core.advance(DAY_MS / 2 + 600_000)
    expect(core.fetch('g', 't', [0, 1])).toEqual([-1, 2])
    core.advance(DAY_MS)
    expect(core.list()).toEqual([])
    expect(core.reloaded().list()).toEqual([])
  })

  it('counts for a group from when it lost its members', () => {
    const core = new CoreHarness({ offsetsRetentionMs: DAY_MS })
    const [memberId = ''] = core.stableGroup('g', 1, {
      ...subscribedTo('t'),
      sessionTimeoutMs: 1_800_000,
    })
    core.commit('g', 't', { 0: 1 }, { memberId, generationId: 1 })
    for (let i = 0; i < 72; i++) {
      core.advance(1_200_000)
      core.heartbeat('g', memberId)
    }
    core.advance(600_000)
    core.leave('g', { memberId })
    core.advance(DAY_MS - 700_000)
    expect(core.fetch('g', 't', [0])).toEqual([1])
    core.advance(1_400_000)
    expect(core.fetch('g', 't', [0])).toEqual([-1])
    expect(core.list()).toEqual([])
  })

  it('spares a group at work, but for topics that it has ceased to read', () => {
    const core = new CoreHarness({ offsetsRetentionMs: DAY_MS })
    const [memberId = ''] = core.stableGroup('g', 1, {
      ...subscribedTo('t'),
      sessionTimeoutMs: 1_800_000,
    })
    core.commit('g', 't', { 0: 1 }, { memberId, generationId: 1 })
    core.commit('g', 'u', { 0: 1 }, { memberId, generationId: 1 })
    for (let i = 0; i < 80; i++) {
      core.advance(1_200_000)
      core.heartbeat('g', memberId)
    }
    expect(core.fetch('g', 't', [0])).toEqual([1])
    expect(core.fetch('g', 'u', [0])).toEqual([-1])
    expect(core.group().state).toBe('Stable')
  })

  it('spares groups with members whose topics are not known', () => {
    const core = new CoreHarness({ offsetsRetentionMs: DAY_MS })
    const options = { protocolType: 'connect', protocols: { sessioned: 'x' } }
    const [memberId = ''] = core.stableGroup('g', 1, { ...options, sessionTimeoutMs: 1_800_000 })
    core.commit('g', 't', { 0: 1 }, { memberId, generationId: 1 })
    for (let i = 0; i < 80; i++) {
      core.advance(1_200_000)
      core.heartbeat('g', memberId)
    }
    expect(core.fetch('g', 't', [0])).toEqual([1])
  })

  it('follows the wish of a client of old', () => {
    const core = new CoreHarness()
    core.commit('g', 't', { 0: 1 }, { retentionTimeMs: 1_000_000, apiVersion: 4 })
    core.advance(600_000)
    expect(core.fetch('g', 't', [0])).toEqual([1])
    core.advance(600_000)
    expect(core.fetch('g', 't', [0])).toEqual([-1])
  })

  it('is decided on what is being written, not only on what is committed', () => {
    const core = new CoreHarness({ offsetsRetentionMs: DAY_MS })
    core.commit('g', 't', { 0: 1 })
    core.advance(DAY_MS - 1_000)
    core.holdsCommits = true
    core.sendCommit('g', 't', { 0: 2 })
    core.advance(1_200_000)
    core.commitAll()
    core.holdsCommits = false
    expect(core.fetch('g', 't', [0])).toEqual([2])
  })
})

describe('DeleteGroups', () => {
  it('deletes empty groups with all their offsets', () => {
    const core = new CoreHarness()
    const [memberId = ''] = core.stableGroup('g', 1)
    core.commit('g', 't', { 0: 1, 1: 2 }, { memberId, generationId: 1 })
    core.commit('simple', 'u', { 0: 1 })
    expect(core.delete('g', 'simple', 'other')).toEqual([NON_EMPTY_GROUP, 0, GROUP_ID_NOT_FOUND])
    core.leave('g', { memberId })
    expect(core.delete('g')).toEqual([0])
    expect(core.list()).toEqual([])
    expect(core.fetchAll('g')).toEqual([])
    expect(core.reloaded().list()).toEqual([])
  })

  it('changes nothing when it cannot be written', () => {
    const core = new CoreHarness()
    const [memberId = ''] = core.stableGroup('g', 1)
    core.leave('g', { memberId })
    core.appendError = errorCodes.COORDINATOR_NOT_AVAILABLE
    expect(() => core.delete('g')).toThrow()
    core.appendError = 0
    expect(core.describe('g')).toMatchObject({ groupState: 'Empty', protocolType: 'consumer' })
  })
})

describe('DescribeGroups and ListGroups', () => {
  it('show a stable group with metadata and assignments', () => {
    const core = new CoreHarness()
    const [memberId = ''] = core.stableGroup('g', 1, { clientId: 'app' })
    expect(core.describe('g')).toEqual({
      errorCode: 0,
      groupId: 'g',
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      members: [
        {
          memberId,
          groupInstanceId: null,
          clientId: 'app',
          clientHost: '/127.0.0.1',
          memberMetadata: Buffer.from('subscription'),
          memberAssignment: Buffer.from(`for ${memberId}`),
        },
      ],
    })
  })

  it('show no protocol while a group rebalances', () => {
    const core = new CoreHarness()
    core.stableGroup('g', 1)
    core.joinDynamic('g')
    const described = core.describe('g')
    expect(described).toMatchObject({ groupState: 'PreparingRebalance', protocolData: '' })
    expect(described.members[0]?.memberMetadata).toHaveLength(0)
  })

  it('call a group that is missing dead, and from version 6 on an error', () => {
    const core = new CoreHarness()
    expect(core.describe('g', 5)).toMatchObject({ errorCode: 0, groupState: 'Dead' })
    expect(core.describe('g', 6)).toMatchObject({
      errorCode: GROUP_ID_NOT_FOUND,
      errorMessage: 'Group g not found.',
      groupState: 'Dead',
    })
  })

  it('filter by state and type', () => {
    const core = new CoreHarness()
    core.stableGroup('stable', 1)
    core.commit('simple', 't', { 0: 1 })
    expect(core.list().sort()).toEqual(['simple', 'stable'])
    expect(core.list(['stable'])).toEqual(['stable'])
    expect(core.list(['empty', 'dead'])).toEqual(['simple'])
    expect(core.list([], ['classic']).sort()).toEqual(['simple', 'stable'])
    expect(core.list([], ['consumer'])).toEqual([])
  })
})
