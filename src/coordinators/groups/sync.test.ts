import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../protocol/index.ts'
import { CoreHarness } from './harness.conformance.ts'

const {
  COORDINATOR_NOT_AVAILABLE,
  ILLEGAL_GENERATION,
  INCONSISTENT_GROUP_PROTOCOL,
  NOT_COORDINATOR,
  REBALANCE_IN_PROGRESS,
  UNKNOWN_MEMBER_ID,
} = errorCodes

/** A group whose members have joined and not yet synced; the first leads it. */
function joinedGroup(core: CoreHarness, count: number, rebalanceTimeoutMs = 60_000): string[] {
  const requests = Array.from({ length: count }, () =>
    core.joinDynamic('g', { rebalanceTimeoutMs }),
  )
  core.advance(6_000)
  return requests.map((request) => core.joinAnswer(request).memberId)
}

describe('SyncGroup', () => {
  it('waits for the leader, then gives everybody what the leader assigned', () => {
    const core = new CoreHarness()
    const [one = '', two = '', three = ''] = joinedGroup(core, 3)
    const waiting = core.sync('g', two)
    expect(core.answer(waiting)).toBeNull()
    const leading = core.sync('g', one, { assignments: { [one]: 'a', [two]: 'b' } })
    expect(String(core.syncAnswer(leading).assignment)).toBe('a')
    expect(core.syncAnswer(waiting)).toMatchObject({
      errorCode: 0,
      protocolType: 'consumer',
      protocolName: 'range',
      assignment: Buffer.from('b'),
    })
    expect(core.group().state).toBe('Stable')
    // Whom the leader has forgotten gets nothing, and who comes later gets an answer at once.
    expect(core.syncAnswer(core.sync('g', three)).assignment).toHaveLength(0)
    expect(String(core.syncAnswer(core.sync('g', two)).assignment)).toBe('b')
  })

  it('answers only when the assignment is committed', () => {
    const core = new CoreHarness()
    const [one = ''] = joinedGroup(core, 1)
    core.holdsCommits = true
    const request = core.sync('g', one, { assignments: { [one]: 'a' } })
    expect(core.answer(request)).toBeNull()
    expect(core.group().state).toBe('CompletingRebalance')
    core.commitAll()
    expect(core.syncAnswer(request).errorCode).toBe(0)
    expect(core.group().state).toBe('Stable')
  })

  it('rebalances when the assignment cannot be written', () => {
    const core = new CoreHarness()
    const [one = '', two = ''] = joinedGroup(core, 2)
    const waiting = core.sync('g', two)
    core.appendError = NOT_COORDINATOR
    const leading = core.sync('g', one, { assignments: { [one]: 'a', [two]: 'b' } })
    expect(core.syncAnswer(leading).errorCode).toBe(NOT_COORDINATOR)
    expect(core.syncAnswer(waiting)).toMatchObject({ errorCode: NOT_COORDINATOR })
    expect(core.group()).toMatchObject({ state: 'PreparingRebalance', generationId: 1 })
  })

  it('does nothing with an assignment whose generation is over when it is committed', () => {
    const core = new CoreHarness()
    const [one = ''] = joinedGroup(core, 1)
    core.holdsCommits = true
    const request = core.sync('g', one, { assignments: { [one]: 'a' } })
    const joining = core.join('g', { apiVersion: 3 })
    expect(core.syncAnswer(request).errorCode).toBe(REBALANCE_IN_PROGRESS)
    core.commitAll(COORDINATOR_NOT_AVAILABLE)
    expect(core.group().state).toBe('PreparingRebalance')
    core.join('g', { memberId: one })
    expect(core.joinAnswer(joining).generationId).toBe(2)
  })

  it.each([
    ['an unknown group', 'other', {}, UNKNOWN_MEMBER_ID],
    ['an unknown member', 'g', { memberId: 'ghost' }, UNKNOWN_MEMBER_ID],
    ['an old generation', 'g', { generationId: 0 }, ILLEGAL_GENERATION],
    ['another protocol type', 'g', { protocolType: 'connect' }, INCONSISTENT_GROUP_PROTOCOL],
    ['another protocol', 'g', { protocolName: 'sticky' }, INCONSISTENT_GROUP_PROTOCOL],
    ['its own protocol', 'g', { protocolType: 'consumer', protocolName: 'range' }, 0],
  ])('answers to %s', (_what, groupId, call, errorCode) => {
    const core = new CoreHarness()
    const [one = ''] = joinedGroup(core, 1)
    const { memberId = one, ...options } = call as { memberId?: string }
    const request = core.sync(groupId, memberId, { generationId: 1, ...options })
    expect(core.syncAnswer(request).errorCode).toBe(errorCode)
  })

  it('is refused while the group rebalances', () => {
    const core = new CoreHarness()
    const [one = ''] = joinedGroup(core, 1)
    core.joinDynamic('g')
    expect(core.syncAnswer(core.sync('g', one)).errorCode).toBe(REBALANCE_IN_PROGRESS)
  })

  it('sends an older SyncGroup of the same member away', () => {
    const core = new CoreHarness()
    const [, two = ''] = joinedGroup(core, 2)
    const first = core.sync('g', two)
    core.sync('g', two)
    expect(core.syncAnswer(first).errorCode).toBe(REBALANCE_IN_PROGRESS)
  })

  it('throws those out who do not ask for their assignment within the rebalance timeout', () => {
    const core = new CoreHarness()
    const [one = '', two = ''] = joinedGroup(core, 2, 8_000)
    core.sync('g', one, { assignments: { [one]: 'a' } })
    for (let i = 0; i < 8; i++) {
      core.advance(1_000)
      core.heartbeat('g', one)
      if (core.group().members.has(two)) core.heartbeat('g', two)
    }
    expect(core.heartbeat('g', two)).toBe(UNKNOWN_MEMBER_ID)
    expect(core.heartbeat('g', one)).toBe(REBALANCE_IN_PROGRESS)
  })
})

describe('what members send', () => {
  it('is copied: the bytes of a request are not kept for the life of a group', () => {
    const core = new CoreHarness()
    const bytes = Buffer.from('mine')
    const call = { groupId: 'g', groupInstanceId: 'a', protocolType: 'consumer' }
    const join = { ...call, memberId: '', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 }
    core.ask((request) => ({
      kind: 'join',
      request,
      uniqueId: '1',
      context: { clientId: 'c', clientHost: '/127.0.0.1', apiVersion: 9 },
      call: { ...join, protocols: [{ name: 'range', metadata: bytes }], reason: null },
    }))
    core.advance(3_000)
    const sync = { ...call, memberId: 'a-1', generationId: 1, protocolName: 'range' }
    const assignments = [{ memberId: 'a-1', assignment: bytes }]
    core.ask((request) => ({ kind: 'sync', request, call: { ...sync, assignments } }))
    bytes.fill('x')
    expect(core.describe('g').members).toMatchObject([
      { memberMetadata: Buffer.from('mine'), memberAssignment: Buffer.from('mine') },
    ])
  })
})

describe('a generation in the log', () => {
  it('is what a new coordinator goes on with', () => {
    const before = new CoreHarness()
    const ids = before.stableGroup('g', 2, { clientId: 'app', sessionTimeoutMs: 7_000 })
    const core = before.reloaded()
    expect(core.group()).toMatchObject({ state: 'Stable', generationId: 1, leaderId: ids[0] })
    expect(core.describe('g')).toEqual(before.describe('g'))
    for (const id of ids) expect(core.heartbeat('g', id)).toBe(0)
    const same = core.joinAnswer(core.join('g', { memberId: ids[1] ?? '' }))
    expect(same).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range' })
  })

  it('gives its members a full session to find the new coordinator', () => {
    const before = new CoreHarness()
    before.stableGroup('g', 1, { sessionTimeoutMs: 7_000 })
    const core = before.reloaded()
    core.advance(6_999)
    expect(core.group().state).toBe('Stable')
    core.advance(1)
    expect(core.group()).toMatchObject({ state: 'Empty', generationId: 2 })
  })
})

describe('Heartbeat', () => {
  it('keeps a member in the group; without it the group rebalances', () => {
    const core = new CoreHarness()
    const [one = '', two = ''] = core.stableGroup('g', 2)
    for (let i = 0; i < 9; i++) {
      core.advance(1_000)
      expect(core.heartbeat('g', one)).toBe(0)
    }
    core.advance(1_000)
    expect(core.heartbeat('g', one)).toBe(REBALANCE_IN_PROGRESS)
    expect(core.heartbeat('g', two)).toBe(UNKNOWN_MEMBER_ID)
  })

  it('is not expected of members that wait for an answer', () => {
    const core = new CoreHarness()
    const [one = '', two = ''] = joinedGroup(core, 2)
    core.sync('g', two)
    for (let i = 0; i < 15; i++) {
      core.advance(1_000)
      core.heartbeat('g', one)
    }
    expect(core.group().members.has(two)).toBe(true)
    core.sync('g', one, { assignments: { [one]: 'a', [two]: 'b' } })
    core.advance(9_999)
    expect(core.heartbeat('g', two)).toBe(0)
  })

  it('is answered while a commit is due', () => {
    const core = new CoreHarness()
    const [one = ''] = core.stableGroup('g', 1)
    core.holdsCommits = true
    core.sendCommit('g', 't', { 0: 1 }, { memberId: one, generationId: 1 })
    expect(core.heartbeat('g', one)).toBe(0)
  })

  it('is refused to those who are not in the group', () => {
    const core = new CoreHarness()
    core.stableGroup('g', 1)
    expect(core.heartbeat('g', 'ghost')).toBe(UNKNOWN_MEMBER_ID)
    expect(core.heartbeat('other', 'ghost', 1)).toBe(UNKNOWN_MEMBER_ID)
  })
})

describe('LeaveGroup', () => {
  it('rebalances the others', () => {
    const core = new CoreHarness()
    const [one = '', two = ''] = core.stableGroup('g', 2)
    expect(core.leave('g', { memberId: one })).toMatchObject({
      errorCode: 0,
      members: [{ memberId: one, groupInstanceId: null, errorCode: 0 }],
    })
    expect(core.group().leaderId).toBe(two)
    expect(core.joinAnswer(core.join('g', { memberId: two }))).toMatchObject({
      generationId: 2,
      leader: two,
    })
  })

  it('empties the group with its last member, and writes so before it answers', () => {
    const core = new CoreHarness()
    const [one = ''] = core.stableGroup('g', 1)
    core.holdsCommits = true
    expect(() => core.leave('g', { memberId: one })).toThrow('has not been answered')
    expect(core.group()).toMatchObject({ state: 'Empty', generationId: 2, leaderId: null })
    core.commitAll()
    expect(core.reloaded().group()).toMatchObject({ state: 'Empty', generationId: 2 })
  })

  it('answers for each member by itself', () => {
    const core = new CoreHarness()
    const [one = ''] = core.stableGroup('g', 2)
    const pending = core.joinAnswer(core.join('g')).memberId
    const answer = core.leave('g', { memberId: one }, { memberId: 'ghost' }, { memberId: pending })
    expect(answer.members?.map((member) => member.errorCode)).toEqual([0, UNKNOWN_MEMBER_ID, 0])
    expect(core.group().pendingJoin.size).toBe(0)
  })

  it('knows nobody in a group that does not exist', () => {
    const core = new CoreHarness()
    expect(core.leave('g', { memberId: 'ghost' })).toMatchObject({
      errorCode: 0,
      members: [{ memberId: 'ghost', errorCode: UNKNOWN_MEMBER_ID }],
    })
  })

  it('answers what the member was waiting for', () => {
    const core = new CoreHarness()
    const [, two = ''] = joinedGroup(core, 2)
    const waiting = core.sync('g', two)
    core.leave('g', { memberId: two })
    expect(core.syncAnswer(waiting).errorCode).toBe(UNKNOWN_MEMBER_ID)
    const joining = core.joinDynamic('g')
    const { memberId = '' } = [...core.group().members.values()].at(-1) ?? {}
    core.leave('g', { memberId })
    expect(core.joinAnswer(joining)).toMatchObject({ errorCode: UNKNOWN_MEMBER_ID, memberId: '' })
  })

  it('lets a rebalance go on that waited for the member alone', () => {
    const core = new CoreHarness()
    const [one = '', two = ''] = core.stableGroup('g', 2)
    const again = core.join('g', { memberId: one })
    core.leave('g', { memberId: two })
    expect(core.joinAnswer(again)).toMatchObject({ errorCode: 0, generationId: 2 })
  })
})
