import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../protocol/index.ts'
import { CoreHarness } from './harness.conformance.ts'

const { FENCED_INSTANCE_ID, NOT_COORDINATOR, REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID } = errorCodes

/** A stable group of static members with these instance ids; the first leads it. */
function staticGroup(core: CoreHarness, ...instanceIds: readonly string[]): string[] {
  const requests = instanceIds.map((instanceId) => core.join('g', { instanceId }))
  core.advance(6_000)
  const ids = requests.map((request) => core.joinAnswer(request).memberId)
  core.syncAll('g', ids)
  return ids
}

describe('a static member that returns to a stable group', () => {
  it('takes its place again without a rebalance', () => {
    const core = new CoreHarness()
    const [, two = ''] = staticGroup(core, 'a', 'b')
    const answer = core.joinAnswer(core.join('g', { instanceId: 'b' }))
    expect(answer).toMatchObject({ errorCode: 0, generationId: 1, members: [] })
    expect(answer.memberId).not.toBe(two)
    expect(answer.skipAssignment).toBe(false)
    expect(core.group().state).toBe('Stable')
    const synced = core.syncAnswer(core.sync('g', answer.memberId, { instanceId: 'b' }))
    expect(String(synced.assignment)).toBe(`for ${two}`)
    expect(core.reloaded().describe('g')).toEqual(core.describe('g'))
  })

  it('is told to skip the assignment if it leads, and who the members are', () => {
    const core = new CoreHarness()
    staticGroup(core, 'a', 'b')
    const answer = core.joinAnswer(core.join('g', { instanceId: 'a' }))
    expect(answer).toMatchObject({ skipAssignment: true, leader: answer.memberId })
    expect(answer.members.map((member) => member.groupInstanceId)).toEqual(['a', 'b'])
  })

  it('is not told that it leads in versions that cannot skip the assignment', () => {
    const core = new CoreHarness()
    const [one = ''] = staticGroup(core, 'a', 'b')
    const answer = core.joinAnswer(core.join('g', { instanceId: 'a', apiVersion: 8 }))
    expect(answer).toMatchObject({ leader: one, members: [] })
    expect(core.group().leaderId).toBe(answer.memberId)
  })

  it('is answered only when its new id is committed', () => {
    const core = new CoreHarness()
    staticGroup(core, 'a')
    core.holdsCommits = true
    const request = core.join('g', { instanceId: 'a' })
    expect(core.answer(request)).toBeNull()
    core.commitAll()
    expect(core.joinAnswer(request).errorCode).toBe(0)
  })

  it('is who it was before if that could not be written', () => {
    const core = new CoreHarness()
    const [one = ''] = staticGroup(core, 'a')
    core.appendError = NOT_COORDINATOR
    const request = core.join('g', { instanceId: 'a', protocols: { range: 'changed' } })
    expect(core.joinAnswer(request)).toMatchObject({ errorCode: NOT_COORDINATOR, memberId: '' })
    expect(core.heartbeat('g', one, 1, 'a')).toBe(0)
    expect(String(core.describe('g').members[0]?.memberMetadata)).toBe('subscription')
    core.advance(10_000)
    expect(core.group().members.size).toBe(0)
  })

  it('is part of the rebalance that begins before its new id is committed', () => {
    const core = new CoreHarness()
    const [, two = ''] = staticGroup(core, 'a', 'b')
    core.holdsCommits = true
    const request = core.join('g', { instanceId: 'a' })
    core.join('g', { memberId: two, instanceId: 'b', protocols: { range: 'changed' } })
    core.commitAll()
    expect(core.joinAnswer(request)).toMatchObject({ errorCode: 0, generationId: 2 })
    expect(core.joinAnswer(request).members).toHaveLength(2)
  })

  it('is not answered by the commit once a rebalance has begun', () => {
    const core = new CoreHarness()
    const [, two = ''] = staticGroup(core, 'a', 'b')
    core.holdsCommits = true
    const request = core.join('g', { instanceId: 'a' })
    core.join('g', { apiVersion: 3 })
    core.commitAll()
    expect(core.answer(request)).toBeNull()
    core.join('g', { memberId: two, instanceId: 'b' })
    expect(core.joinAnswer(request)).toMatchObject({ errorCode: 0, generationId: 2 })
  })

  it('must be heard of again, however long its commit took', () => {
    const core = new CoreHarness()
    staticGroup(core, 'a')
    core.holdsCommits = true
    core.join('g', { instanceId: 'a' })
    core.advance(10_000)
    core.commitAll()
    expect(core.group().state).toBe('Stable')
    core.advance(10_000)
    expect(core.group().members.size).toBe(0)
  })

  it('causes a rebalance if the choice of the protocol changes', () => {
    const core = new CoreHarness()
    const requests = [
      core.join('g', { instanceId: 'a', protocols: { range: 'x', sticky: 'x' } }),
      core.join('g', { instanceId: 'b', protocols: { sticky: 'x', range: 'x' } }),
    ]
    core.advance(6_000)
    const ids = requests.map((request) => core.joinAnswer(request).memberId)
    core.syncAll('g', ids)
    core.join('g', { instanceId: 'a', protocols: { sticky: 'x' } })
    expect(core.group().state).toBe('PreparingRebalance')
  })

  it('causes a rebalance while the generation completes', () => {
    const core = new CoreHarness()
    const request = core.join('g', { instanceId: 'a' })
    core.advance(3_000)
    expect(core.joinAnswer(request).errorCode).toBe(0)
    const again = core.join('g', { instanceId: 'a' })
    expect(core.joinAnswer(again)).toMatchObject({ errorCode: 0, generationId: 2 })
  })
})

describe('two processes with the same instance id', () => {
  it('fence the one that came first, in every request', () => {
    const core = new CoreHarness()
    const [one = ''] = staticGroup(core, 'a')
    core.join('g', { instanceId: 'a' })
    expect(core.heartbeat('g', one, 1, 'a')).toBe(FENCED_INSTANCE_ID)
    expect(core.joinAnswer(core.join('g', { memberId: one, instanceId: 'a' }))).toMatchObject({
      errorCode: FENCED_INSTANCE_ID,
      memberId: one,
    })
    const synced = core.syncAnswer(core.sync('g', one, { instanceId: 'a' }))
    expect(synced.errorCode).toBe(FENCED_INSTANCE_ID)
    const committed = core.commit(
      'g',
      't',
      { 0: 1 },
      {
        memberId: one,
        instanceId: 'a',
        generationId: 1,
      },
    )
    expect(committed).toEqual([FENCED_INSTANCE_ID])
    const left = core.leave('g', { memberId: one, groupInstanceId: 'a' })
    expect(left.members?.[0]?.errorCode).toBe(FENCED_INSTANCE_ID)
  })

  it('fence a JoinGroup and a SyncGroup that are parked', () => {
    const core = new CoreHarness()
    const first = core.join('g', { instanceId: 'a' })
    const second = core.join('g', { instanceId: 'a' })
    expect(core.joinAnswer(first)).toMatchObject({
      errorCode: FENCED_INSTANCE_ID,
      memberId: 'a-1',
    })
    core.join('g', { apiVersion: 3 })
    core.advance(6_000)
    const { memberId } = core.joinAnswer(second)
    const [leader = ''] = core.group().members.keys()
    expect(leader).toBe(memberId)
    const waiting = core.sync('g', [...core.group().members.keys()][1] ?? '')
    core.join('g', { instanceId: 'a' })
    expect(core.syncAnswer(waiting).errorCode).toBe(REBALANCE_IN_PROGRESS)
  })

  it('do not exist where the instance is unknown', () => {
    const core = new CoreHarness()
    const [one = ''] = core.stableGroup('g', 1)
    expect(core.heartbeat('g', one, 1, 'nobody')).toBe(UNKNOWN_MEMBER_ID)
  })
})

describe('a static member that is away', () => {
  it('stays in the group over a rebalance until its session ends', () => {
    const core = new CoreHarness()
    const requests = ['a', 'b'].map((instanceId) =>
      core.join('g', { instanceId, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 5_000 }),
    )
    core.advance(6_000)
    const [one = '', two = ''] = requests.map((request) => core.joinAnswer(request).memberId)
    core.syncAll('g', [one, two])
    const again = core.join('g', { memberId: one, instanceId: 'a', rebalanceTimeoutMs: 5_000 })
    core.advance(5_000)
    expect(core.joinAnswer(again).members).toHaveLength(2)
    core.sync('g', one, { instanceId: 'a', assignments: { [one]: 'all' } })
    expect(core.group().members.has(two)).toBe(true)
  })

  it('leads no generation: the leadership passes to somebody who has joined', () => {
    const core = new CoreHarness()
    const [one = '', two = ''] = staticGroup(core, 'a', 'b')
    expect(core.group().leaderId).toBe(one)
    const again = core.join('g', {
      memberId: two,
      instanceId: 'b',
      protocols: { range: 'changed' },
    })
    for (let i = 0; i < 60 && core.answer(again) === null; i++) core.advance(1_000)
    expect(core.joinAnswer(again).leader).toBe(two)
  })

  it('holds up a rebalance that nobody has joined until its session ends', () => {
    const core = new CoreHarness()
    const request = core.join('g', {
      instanceId: 'a',
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 5_000,
    })
    core.advance(3_000)
    const { memberId } = core.joinAnswer(request)
    core.syncAll('g', [memberId])
    const pending = core.joinDynamic('g', { rebalanceTimeoutMs: 5_000 })
    const { memberId: dynamicId } = [...core.group().members.values()].at(-1) ?? { memberId: '' }
    core.leave('g', { memberId: dynamicId })
    expect(core.joinAnswer(pending).errorCode).toBe(UNKNOWN_MEMBER_ID)
    core.advance(20_000)
    expect(core.group().state).toBe('PreparingRebalance')
    core.advance(20_000)
    expect(core.group()).toMatchObject({ state: 'Empty', generationId: 2 })
  })

  it('can be removed by its instance id alone', () => {
    const core = new CoreHarness()
    staticGroup(core, 'a', 'b')
    const answer = core.leave('g', { groupInstanceId: 'b' }, { groupInstanceId: 'c' }, {})
    expect(answer.members).toEqual([
      { memberId: '', groupInstanceId: 'b', errorCode: 0 },
      { memberId: '', groupInstanceId: 'c', errorCode: UNKNOWN_MEMBER_ID },
      { memberId: '', groupInstanceId: null, errorCode: UNKNOWN_MEMBER_ID },
    ])
    expect([...core.group().staticMembers.keys()]).toEqual(['a'])
  })

  it('does not expire after its former self', () => {
    const core = new CoreHarness()
    staticGroup(core, 'a')
    core.advance(6_000)
    core.join('g', { instanceId: 'a' })
    core.advance(6_000)
    expect(core.group().state).toBe('Stable')
  })
})
