import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../protocol/index.ts'
import { CoreHarness } from './harness.conformance.ts'

const {
  GROUP_MAX_SIZE_REACHED,
  ILLEGAL_GENERATION,
  INCONSISTENT_GROUP_PROTOCOL,
  MEMBER_ID_REQUIRED,
  REBALANCE_IN_PROGRESS,
  UNKNOWN_MEMBER_ID,
} = errorCodes

describe('the first join', () => {
  it('gives a dynamic member of version 4 and later an id and sends it back', () => {
    const core = new CoreHarness()
    const answer = core.joinAnswer(core.join('g', { apiVersion: 4, clientId: 'app' }))
    expect(answer).toMatchObject({ errorCode: MEMBER_ID_REQUIRED, memberId: 'app-1' })
    expect(core.group().members.size).toBe(0)
    expect(core.group().pendingJoin.has('app-1')).toBe(true)
  })

  it('takes older clients and static members in at once', () => {
    const core = new CoreHarness()
    const old = core.join('g', { apiVersion: 3 })
    const fixed = core.join('g', { instanceId: 'one' })
    expect(core.answer(old)).toBeNull()
    expect(core.answer(fixed)).toBeNull()
    expect([...core.group().members.keys()]).toEqual(['client-1', 'one-2'])
  })

  it('forgets an id that nobody comes back with', () => {
    const core = new CoreHarness()
    const { memberId } = core.joinAnswer(core.join('g', { sessionTimeoutMs: 7_000 }))
    core.advance(6_999)
    expect(core.group().pendingJoin.size).toBe(1)
    core.advance(1)
    expect(core.group().pendingJoin.size).toBe(0)
    const late = core.joinAnswer(core.join('g', { memberId }))
    expect(late).toMatchObject({ errorCode: UNKNOWN_MEMBER_ID, memberId })
  })

  it('refuses a member id in a group that does not exist', () => {
    const core = new CoreHarness()
    const answer = core.joinAnswer(core.join('g', { memberId: 'ghost' }))
    expect(answer.errorCode).toBe(UNKNOWN_MEMBER_ID)
    expect(core.list()).toEqual([])
  })

  it('writes the group before it has a generation', () => {
    const core = new CoreHarness()
    core.join('g')
    expect(core.log).toHaveLength(1)
    expect(core.reloaded().describe('g')).toMatchObject({ groupState: 'Empty', members: [] })
  })

  it('takes a group back that could not be written', () => {
    const core = new CoreHarness()
    core.appendError = errorCodes.NOT_COORDINATOR
    const request = core.join('g', { apiVersion: 3 })
    expect(core.joinAnswer(request).errorCode).toBe(errorCodes.NOT_COORDINATOR)
    expect(core.list()).toEqual([])
    expect([...core.timers.keys()]).toEqual(['expiry'])
  })

  it('keeps a group whose first record is only late', () => {
    const core = new CoreHarness()
    core.holdsCommits = true
    const request = core.join('g', { apiVersion: 3 })
    core.commitAll(errorCodes.COORDINATOR_NOT_AVAILABLE)
    core.advance(3_000)
    expect(core.joinAnswer(request).errorCode).toBe(0)
  })

  it('does not create a group for a join that it refuses', () => {
    const core = new CoreHarness()
    const answer = core.joinAnswer(core.join('g', { protocolType: '' }))
    expect(answer.errorCode).toBe(INCONSISTENT_GROUP_PROTOCOL)
    expect(core.list()).toEqual([])
    expect(core.log).toEqual([])
  })
})

describe('the initial rebalance', () => {
  it('waits its delay, then answers all; only the leader is told the members', () => {
    const core = new CoreHarness()
    const first = core.joinDynamic('g', { protocols: { range: 'A' } })
    const second = core.joinDynamic('g', { protocols: { range: 'B' } })
    core.advance(2_999)
    expect(core.answer(first)).toBeNull()
    core.advance(3_001)
    const [leader, follower] = [core.joinAnswer(first), core.joinAnswer(second)]
    expect(leader).toMatchObject({
      errorCode: 0,
      generationId: 1,
      protocolType: 'consumer',
      protocolName: 'range',
      leader: 'client-1',
      memberId: 'client-1',
    })
    const metadata = leader.members.map((member) => [member.memberId, String(member.metadata)])
    expect(metadata).toEqual([
      ['client-1', 'A'],
      ['client-3', 'B'],
    ])
    expect(follower).toMatchObject({ generationId: 1, leader: 'client-1', members: [] })
    expect(core.group().state).toBe('CompletingRebalance')
  })

  it('is extended while members come, up to the rebalance timeout', () => {
    const core = new CoreHarness({ initialRebalanceDelayMs: 1_000 })
    const request = core.join('g', { apiVersion: 3, rebalanceTimeoutMs: 2_500 })
    const startMs = core.nowMs
    for (let i = 0; i < 10 && core.answer(request) === null; i++) {
      core.advance(900)
      if (core.answer(request) === null) core.join('g', { apiVersion: 3, clientId: `late${i}` })
    }
    expect(core.joinAnswer(request).generationId).toBe(1)
    expect(core.nowMs - startMs).toBeLessThanOrEqual(3_600)
    expect(core.group().members.size).toBeGreaterThan(2)
  })

  it('is not extended for those who joined the one before', () => {
    const core = new CoreHarness({ initialRebalanceDelayMs: 1_000 })
    const short = { apiVersion: 3, rebalanceTimeoutMs: 1_000 }
    const ids = [core.join('g', short), core.join('g', short)].map((request) => {
      core.advance(500)
      return request
    })
    for (const id of ids) core.leave('g', { memberId: core.joinAnswer(id).memberId })
    expect(core.group().state).toBe('Empty')
    const request = core.join('g', { apiVersion: 3 })
    core.advance(1_000)
    expect(core.joinAnswer(request).errorCode).toBe(0)
  })

  it('ends at once without a delay', () => {
    const core = new CoreHarness({ initialRebalanceDelayMs: 0 })
    const request = core.joinDynamic('g')
    core.advance(0)
    expect(core.joinAnswer(request).generationId).toBe(1)
  })

  it('leaves the group empty when everybody has gone meanwhile', () => {
    const core = new CoreHarness()
    core.joinDynamic('g')
    core.leave('g', { memberId: 'client-1' })
    expect(core.group().state).toBe('PreparingRebalance')
    core.advance(3_000)
    expect(core.group()).toMatchObject({ state: 'Empty', generationId: 1 })
  })
})

describe('a rebalance', () => {
  it('starts when a member joins a stable group, and ends when all have rejoined', () => {
    const core = new CoreHarness()
    const [one = '', two = ''] = core.stableGroup('g', 2)
    const joining = core.joinDynamic('g')
    expect(core.group().state).toBe('PreparingRebalance')
    expect(core.heartbeat('g', one)).toBe(REBALANCE_IN_PROGRESS)
    const again = core.join('g', { memberId: one })
    expect(core.answer(joining)).toBeNull()
    core.join('g', { memberId: two })
    expect(core.joinAnswer(joining)).toMatchObject({ generationId: 2, leader: one, members: [] })
    expect(core.joinAnswer(again).members).toHaveLength(3)
  })

  it('goes on without those who do not rejoin in time', () => {
    const core = new CoreHarness()
    const [one = '', two = ''] = core.stableGroup('g', 2, { rebalanceTimeoutMs: 20_000 })
    const joining = core.joinDynamic('g', { rebalanceTimeoutMs: 5_000 })
    for (let i = 0; i < 20; i++) {
      if (core.group().members.has(two)) core.heartbeat('g', two)
      if (core.group().members.has(one)) core.heartbeat('g', one)
      core.advance(1_000)
    }
    const answer = core.joinAnswer(joining)
    expect(answer).toMatchObject({ generationId: 2, leader: answer.memberId })
    expect(answer.members).toHaveLength(1)
    expect(core.heartbeat('g', one, 2)).toBe(UNKNOWN_MEMBER_ID)
  })

  it('waits for members that hold an id and have not come back with it', () => {
    const core = new CoreHarness()
    const [one = ''] = core.stableGroup('g', 1)
    const pending = core.joinAnswer(core.join('g'))
    const again = core.join('g', { memberId: one })
    expect(core.answer(again)).toBeNull()
    core.join('g', { memberId: pending.memberId })
    expect(core.joinAnswer(again).members).toHaveLength(2)
  })

  it('is begun by the leader whenever it joins, by others only with new metadata', () => {
    const core = new CoreHarness()
    const [one = '', two = ''] = core.stableGroup('g', 2)
    const same = core.joinAnswer(core.join('g', { memberId: two }))
    expect(same).toMatchObject({ errorCode: 0, generationId: 1, leader: one, members: [] })
    expect(core.group().state).toBe('Stable')
    core.join('g', { memberId: two, protocols: { range: 'changed' } })
    expect(core.group().state).toBe('PreparingRebalance')
    core.join('g', { memberId: one })
    core.syncAll('g', [one, two])
    core.join('g', { memberId: one })
    expect(core.group()).toMatchObject({ state: 'PreparingRebalance', generationId: 2 })
  })

  it('answers a member that has missed the last answer, while the generation completes', () => {
    const core = new CoreHarness()
    const requests = [core.joinDynamic('g'), core.joinDynamic('g')]
    core.advance(6_000)
    const [one = '', two = ''] = requests.map((request) => core.joinAnswer(request).memberId)
    expect(core.joinAnswer(core.join('g', { memberId: one })).members).toHaveLength(2)
    expect(core.joinAnswer(core.join('g', { memberId: two })).members).toHaveLength(0)
    core.join('g', { memberId: two, protocols: { range: 'changed' } })
    expect(core.group().state).toBe('PreparingRebalance')
  })

  it('sends the SyncGroups away that were waiting', () => {
    const core = new CoreHarness()
    const requests = [core.joinDynamic('g'), core.joinDynamic('g')]
    core.advance(6_000)
    const [, two = ''] = requests.map((request) => core.joinAnswer(request).memberId)
    const waiting = core.sync('g', two)
    core.joinDynamic('g')
    expect(core.syncAnswer(waiting).errorCode).toBe(REBALANCE_IN_PROGRESS)
  })

  it('sends an older JoinGroup of the same member away instead of leaving it unanswered', () => {
    const core = new CoreHarness()
    const first = core.joinDynamic('g')
    const second = core.join('g', { memberId: 'client-1' })
    expect(core.joinAnswer(first).errorCode).toBe(REBALANCE_IN_PROGRESS)
    core.advance(6_000)
    expect(core.joinAnswer(second).errorCode).toBe(0)
  })

  it('gives up on a new member whose JoinGroup is parked for five minutes', () => {
    const core = new CoreHarness()
    const ids = core.stableGroup('g', 1, { rebalanceTimeoutMs: 600_000 })
    const joining = core.joinDynamic('g', { rebalanceTimeoutMs: 600_000 })
    for (let i = 0; i < 300; i++) {
      core.heartbeat('g', ids[0] ?? '')
      core.advance(1_000)
    }
    const answer = core.joinAnswer(joining)
    expect(answer).toMatchObject({ errorCode: UNKNOWN_MEMBER_ID, memberId: '' })
  })
})

describe('protocols', () => {
  it('must be of the type of the group', () => {
    const core = new CoreHarness()
    core.stableGroup('g', 1)
    const answer = core.joinAnswer(core.join('g', { protocolType: 'connect' }))
    expect(answer.errorCode).toBe(INCONSISTENT_GROUP_PROTOCOL)
  })

  it('must have one in common with all', () => {
    const core = new CoreHarness()
    core.stableGroup('g', 2, { protocols: { range: 'x', sticky: 'x' } })
    const answer = core.joinAnswer(core.join('g', { protocols: { roundrobin: 'x' } }))
    expect(answer.errorCode).toBe(INCONSISTENT_GROUP_PROTOCOL)
    expect(core.group().state).toBe('Stable')
  })

  it('are chosen by vote among those that all support', () => {
    const core = new CoreHarness()
    const wishes = [
      { rare: 'x', range: 'x', sticky: 'x' },
      { sticky: 'x', range: 'x' },
      { sticky: 'x', range: 'x' },
    ]
    const requests = wishes.map((protocols) => core.joinDynamic('g', { protocols }))
    core.advance(6_000)
    expect(core.joinAnswer(requests[0] ?? 0).protocolName).toBe('sticky')
  })

  it('need not be those of consumers', () => {
    const core = new CoreHarness()
    core.stableGroup('g', 2, { protocolType: 'connect', protocols: { sessioned: 'opaque' } })
    expect(core.describe('g')).toMatchObject({
      groupState: 'Stable',
      protocolType: 'connect',
      protocolData: 'sessioned',
    })
  })

  it('may be of another type once the group is empty', () => {
    const core = new CoreHarness()
    const ids = core.stableGroup('g', 1)
    core.leave('g', { memberId: ids[0] ?? '' })
    core.stableGroup('g', 1, { protocolType: 'connect', protocols: { sessioned: 'x' } })
    expect(core.group()).toMatchObject({ protocolType: 'connect', generationId: 3 })
  })
})

describe('group.max.size', () => {
  it('turns members away that are too many', () => {
    const core = new CoreHarness({ groupSizeMax: 2 })
    const [one = ''] = core.stableGroup('g', 2)
    const answer = core.joinAnswer(core.join('g'))
    expect(answer).toMatchObject({ errorCode: GROUP_MAX_SIZE_REACHED, memberId: '' })
    expect(core.heartbeat('g', one)).toBe(0)
  })

  it('counts those who have joined during a rebalance', () => {
    const core = new CoreHarness({ groupSizeMax: 2 })
    const requests = [core.joinDynamic('g'), core.joinDynamic('g')]
    expect(core.joinAnswer(core.join('g')).errorCode).toBe(GROUP_MAX_SIZE_REACHED)
    core.advance(6_000)
    expect(core.joinAnswer(requests[0] ?? 0).members).toHaveLength(2)
  })

  it('rebalances a group that has become too large by configuration, and leaves the last out', () => {
    const before = new CoreHarness()
    const ids = before.stableGroup('g', 3)
    const core = before.reloaded({ groupSizeMax: 2 })
    expect(core.group().state).toBe('PreparingRebalance')
    const requests = ids.map((memberId) => core.join('g', { memberId }))
    expect(core.joinAnswer(requests[2] ?? 0).errorCode).toBe(GROUP_MAX_SIZE_REACHED)
    core.advance(60_000)
    expect(core.joinAnswer(requests[0] ?? 0)).toMatchObject({ errorCode: 0, generationId: 2 })
  })
})

it('refuses members of an old generation', () => {
  const core = new CoreHarness()
  const [one = ''] = core.stableGroup('g', 1)
  expect(core.heartbeat('g', one, 0)).toBe(ILLEGAL_GENERATION)
})
