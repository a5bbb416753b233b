import { describe, expect, test } from 'vitest'
import { ZERO_UUID } from '../base/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { FetchSessions } from './fetch-session.ts'
import type { FetchPlan, FetchSessionRequest, FetchTarget } from './fetch-session.ts'

function target(partition: number, fetchOffset = 0): FetchTarget {
  return {
    topic: 't',
    topicId: ZERO_UUID,
    partition,
    currentLeaderEpoch: -1,
    fetchOffset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 1000,
  }
}

function request(
  sessionId: number,
  sessionEpoch: number,
  targets: FetchTarget[],
  forgotten: number[] = [],
): FetchSessionRequest {
  return {
    sessionId,
    sessionEpoch,
    usesTopicIds: false,
    isFollower: false,
    targets,
    forgotten: forgotten.map((partition) => ({ topic: 't', topicId: ZERO_UUID, partition })),
  }
}

function planOf(plan: FetchPlan | number): FetchPlan {
  if (typeof plan === 'number') throw new Error(`refused with ${plan}`)
  return plan
}

const quiet = {
  errorCode: 0,
  highWatermark: 5,
  logStartOffset: 0,
  recordBytes: 0,
  hasNotice: false,
}

describe('FetchSessions', () => {
  test('a sessionless fetch is answered in full', () => {
    const plan = planOf(new FetchSessions(10).plan(request(0, -1, [target(0)]), 0, () => 7))
    expect(plan.sessionId).toBe(0)
    expect(plan.mustTell(target(0), quiet)).toBe(true)
  })

  test('an incremental fetch reads all partitions of the session and tells only news', () => {
    const sessions = new FetchSessions(10)
    const first = planOf(sessions.plan(request(0, 0, [target(0), target(1)]), 0, () => 7))
    expect(first.sessionId).toBe(7)
    for (const part of first.targets) expect(first.mustTell(part, quiet)).toBe(true)

    const second = planOf(sessions.plan(request(7, 1, [target(1, 9)]), 0, () => 8))
    expect([...second.targets].map((part) => [part.partition, part.fetchOffset])).toEqual([
      [0, 0],
      [1, 9],
    ])
    expect(second.mustTell(target(0), quiet)).toBe(false)
    expect(second.mustTell(target(1), { ...quiet, highWatermark: 6 })).toBe(true)
    expect(second.mustTell(target(1), { ...quiet, highWatermark: 6 })).toBe(false)
    expect(second.mustTell(target(0), { ...quiet, recordBytes: 1 })).toBe(true)

    const third = planOf(sessions.plan(request(7, 2, [], [1]), 0, () => 8))
    expect([...third.targets].map((part) => part.partition)).toEqual([0])
  })

  test('who goes back, or to another leadership, is told again what may not have been heard', () => {
    for (const again of [target(0, 4), { ...target(0, 5), currentLeaderEpoch: 3 }]) {
      const sessions = new FetchSessions(10)
      const first = planOf(sessions.plan(request(0, 0, [target(0, 5)]), 0, () => 7))
      first.mustTell(target(0), quiet)
      const next = planOf(sessions.plan(request(7, 1, [target(0, 5)]), 0, () => 7))
      expect(next.mustTell(target(0), quiet)).toBe(false)
      const last = planOf(sessions.plan(request(7, 2, [again]), 0, () => 7))
      expect(last.mustTell(target(0), quiet)).toBe(true)
      expect(last.mustTell(target(0), quiet)).toBe(false)
    }
  })

  test('an error is told once more when it has gone', () => {
    const sessions = new FetchSessions(10)
    const plan = planOf(sessions.plan(request(0, 0, [target(0)]), 0, () => 7))
    plan.mustTell(target(0), { ...quiet, errorCode: 3 })
    const next = planOf(sessions.plan(request(7, 1, []), 0, () => 7))
    expect(next.mustTell(target(0), quiet)).toBe(true)
    expect(next.mustTell(target(0), quiet)).toBe(false)
  })

  test('refuses unknown sessions, wrong epochs and mixed topic names and ids', () => {
    const sessions = new FetchSessions(10)
    sessions.plan(request(0, 0, [target(0)]), 0, () => 7)
    expect(sessions.plan(request(8, 1, []), 0, () => 9)).toBe(errorCodes.FETCH_SESSION_ID_NOT_FOUND)
    expect(sessions.plan(request(7, 2, []), 0, () => 9)).toBe(
      errorCodes.INVALID_FETCH_SESSION_EPOCH,
    )
    expect(sessions.plan({ ...request(7, 1, []), usesTopicIds: true }, 0, () => 9)).toBe(
      errorCodes.FETCH_SESSION_TOPIC_ID_ERROR,
    )
  })

  test('the final epoch closes the session', () => {
    const sessions = new FetchSessions(10)
    sessions.plan(request(0, 0, [target(0)]), 0, () => 7)
    sessions.plan(request(7, -1, []), 0, () => 9)
    expect(sessions.count).toBe(0)
  })

  test('a session that has no partitions left is over', () => {
    const sessions = new FetchSessions(10)
    sessions.plan(request(0, 0, [target(0)]), 0, () => 7)
    const last = planOf(sessions.plan(request(7, 1, [], [0]), 0, () => 9))
    expect([...last.targets]).toEqual([])
    expect(last.sessionId).toBe(0)
    expect(sessions.count).toBe(0)
  })

  test('a full cache gives way only for what is stale', () => {
    const sessions = new FetchSessions(1, 1000)
    sessions.plan(request(0, 0, [target(0)]), 0, () => 7)
    expect(planOf(sessions.plan(request(0, 0, [target(0)]), 500, () => 8)).sessionId).toBe(0)
    expect(planOf(sessions.plan(request(0, 0, [target(0)]), 1500, () => 9)).sessionId).toBe(9)
    expect(sessions.count).toBe(1)
  })
})
