import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../protocol/index.ts'
import type { IsrProposal } from './isr.ts'
import { LeaderState } from './leader-state.ts'
import type { BrokerRegister, LeaderAssignment } from './leader-state.ts'

const LAG_MS = 1_000
const assignment: LeaderAssignment = {
  leaderEpoch: 5,
  partitionEpoch: 10,
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
}
const allActive: BrokerRegister = { epochOf: (id) => 100 + id, isActive: () => true }

function leaderOf(
  overrides: Partial<LeaderAssignment> = {},
  epochStart = 0,
  brokers = allActive,
  minIsr = 1,
): LeaderState {
  return new LeaderState(1, { ...assignment, ...overrides }, minIsr, epochStart, brokers, 0)
}

function fetchOf(nodeId: number, fetchOffset: number, brokerEpoch = 100 + nodeId) {
  return { nodeId, fetchOffset, brokerEpoch, logStart: 0 }
}

function ends(logEnd: number, highWatermark = 0, ackedEnd = logEnd) {
  return { logEnd, ackedEnd, highWatermark }
}

describe('the high watermark', () => {
  test('waits for all in sync', () => {
    const state = leaderOf()
    expect(state.highWatermark(ends(10), 0, LAG_MS)).toBe(0)
    state.fetched(fetchOf(2, 8), 10, 0)
    expect(state.highWatermark(ends(10), 0, LAG_MS)).toBe(0)
    state.fetched(fetchOf(3, 6), 10, 0)
    expect(state.highWatermark(ends(10), 0, LAG_MS)).toBe(6)
    expect(state.highWatermark(ends(10, 7), 0, LAG_MS)).toBe(7)
    expect(state.highWatermark(ends(10, 0, 5), 0, LAG_MS)).toBe(5)
  })

  test('passes who is out of sync and far behind, waits for who is about to join', () => {
    const state = leaderOf({ isr: [1, 2] })
    state.fetched(fetchOf(2, 10), 10, 5_000)
    expect(state.highWatermark(ends(10), 5_000, LAG_MS)).toBe(10)
    state.fetched(fetchOf(3, 4), 10, 5_000)
    expect(state.highWatermark(ends(10), 5_000, LAG_MS)).toBe(10)
    state.fetched(fetchOf(3, 9), 9, 5_000)
    expect(state.highWatermark(ends(10), 5_000, LAG_MS)).toBe(9)
    expect(state.highWatermark(ends(10), 7_000, LAG_MS)).toBe(10)
  })

  test('does not wait for one that is fenced, or of an earlier life', () => {
    for (const brokers of [
      { epochOf: (id: number) => 100 + id, isActive: (id: number) => id !== 3 },
      { epochOf: (id: number) => 100 + id, isActive: () => true },
    ]) {
      const state = leaderOf({ isr: [1, 2] }, 0, brokers)
      state.fetched(fetchOf(2, 10), 10, 0)
      state.fetched(fetchOf(3, 9, 200), 9, 0)
      expect(state.highWatermark(ends(10), 0, LAG_MS)).toBe(10)
    }
  })

  test('stands still with fewer in sync than min.insync.replicas, or than there are replicas', () => {
    const state = leaderOf({ isr: [1] }, 0, allActive, 2)
    expect(state.isUnderMinIsr).toBe(true)
    expect(state.highWatermark(ends(10), 0, LAG_MS)).toBe(0)
    const alone = leaderOf({ isr: [1], replicas: [1] }, 0, allActive, 2)
    expect(alone.isUnderMinIsr).toBe(false)
    expect(alone.highWatermark(ends(10), 0, LAG_MS)).toBe(10)
  })

  test('counts a member at once when it is proposed, and until its leaving is committed (KIP-497)', () => {
    const state = leaderOf({ isr: [1, 2] })
    state.fetched(fetchOf(2, 10), 10, 0)
    state.fetched(fetchOf(3, 10), 10, 0)
    const joining = state.expansion(3, 0) as IsrProposal
    expect(joining.isr).toEqual([1, 2, 3])
    state.fetched(fetchOf(2, 20), 20, 90_000)
    expect(state.highWatermark(ends(20, 10), 90_000, LAG_MS)).toBe(10)
    state.answered(joining, {
      errorCode: 0,
      leaderEpoch: 5,
      partitionEpoch: 11,
      isr: [1, 2, 3],
    })
    const leaving = state.contraction(20, 90_000, LAG_MS) as IsrProposal
    expect(leaving).toMatchObject({ kind: 'shrink', isr: [1, 2], partitionEpoch: 11 })
    expect(state.highWatermark(ends(20, 10), 90_000, LAG_MS)).toBe(10)
    state.answered(leaving, { errorCode: 0, leaderEpoch: 5, partitionEpoch: 12, isr: [1, 2] })
    expect(state.highWatermark(ends(20, 10), 90_000, LAG_MS)).toBe(20)
  })
})

describe('joining the in-sync set', () => {
  test('needs the high watermark and the start of the epoch', () => {
    const state = leaderOf({ isr: [1, 2] }, 10)
    state.fetched(fetchOf(3, 9), 20, 0)
    expect(state.expansion(3, 5)).toBeNull()
    state.fetched(fetchOf(3, 11), 20, 0)
    expect(state.expansion(3, 12)).toBeNull()
    state.fetched(fetchOf(3, 12), 20, 0)
    expect(state.expansion(3, 12)).toMatchObject({ kind: 'expand', isr: [1, 2, 3] })
  })

  test('needs a fetch in this epoch, and one of the broker that is registered now (KIP-903)', () => {
    const state = leaderOf({ isr: [1, 2] })
    expect(state.expansion(3, 0)).toBeNull()
    expect(state.fetched(fetchOf(3, 20, 50), 20, 0)).toBe(errorCodes.NOT_LEADER_OR_FOLLOWER)
    expect(state.expansion(3, 0)).toBeNull()
    state.fetched(fetchOf(3, 20, 200), 20, 0)
    expect(state.expansion(3, 0)).toBeNull()
    state.fetched(fetchOf(3, 20, -1), 20, 0)
    expect(state.expansion(3, 0)).not.toBeNull()
  })

  test('is not for brokers that are fenced or about to leave (KIP-841)', () => {
    const state = leaderOf({ isr: [1, 2] }, 0, { epochOf: () => 103, isActive: (id) => id !== 3 })
    state.fetched(fetchOf(3, 20), 20, 0)
    expect(state.expansion(3, 0)).toBeNull()
  })

  test('waits while another change is under way', () => {
    const state = leaderOf({ isr: [1] })
    state.fetched(fetchOf(2, 20), 20, 0)
    state.fetched(fetchOf(3, 20), 20, 0)
    expect(state.expansion(2, 0)).not.toBeNull()
    expect(state.expansion(3, 0)).toBeNull()
    expect(state.contraction(20, 90_000, LAG_MS)).toBeNull()
  })

  test('a replica that left the assignment is not known, and is new when it comes back', () => {
    const state = leaderOf({ isr: [1, 2] })
    state.fetched(fetchOf(3, 20), 20, 0)
    state.take({ ...assignment, replicas: [1, 2], isr: [1, 2], partitionEpoch: 11 }, 0)
    expect(state.fetched(fetchOf(3, 20), 20, 0)).toBe(errorCodes.UNKNOWN_LEADER_EPOCH)
    state.take({ ...assignment, isr: [1, 2], partitionEpoch: 12 }, 0)
    expect(state.expansion(3, 0)).toBeNull()
  })
})

describe('leaving the in-sync set', () => {
  test('after having not caught up for too long', () => {
    const state = leaderOf()
    expect(state.contraction(10, LAG_MS, LAG_MS)).toBeNull()
    state.fetched(fetchOf(2, 10), 10, 900)
    expect(state.contraction(20, 1_500, LAG_MS)).toMatchObject({ kind: 'shrink', isr: [1, 2] })
  })

  test('not for one that is always a little behind a busy leader', () => {
    const state = leaderOf({ isr: [1, 2], replicas: [1, 2] })
    for (let nowMs = 0, end = 0; nowMs < 10_000; nowMs += 100, end += 10) {
      // It always reaches what the leader had at the fetch before.
      state.fetched(fetchOf(2, end), end + 10, nowMs)
      expect(state.contraction(end + 10, nowMs, LAG_MS)).toBeNull()
    }
  })

  test('not for one that is at the end, however long ago it said so', () => {
    const state = leaderOf({ isr: [1, 2], replicas: [1, 2] })
    state.fetched(fetchOf(2, 10), 10, 0)
    expect(state.contraction(10, 90_000, LAG_MS)).toBeNull()
    expect(state.contraction(11, 90_000, LAG_MS)).toMatchObject({ isr: [1] })
  })
})

describe('the answer of the controller', () => {
  const proposed = (): { state: LeaderState; proposal: IsrProposal } => {
    const state = leaderOf({ isr: [1, 2] })
    state.fetched(fetchOf(3, 20), 20, 0)
    return { state, proposal: state.expansion(3, 0) as IsrProposal }
  }

  test.each([
    [errorCodes.INELIGIBLE_REPLICA, 'reverted', null],
    [errorCodes.OPERATION_NOT_ATTEMPTED, 'reverted', null],
    [errorCodes.FENCED_LEADER_EPOCH, 'waits', 'pending'],
    [errorCodes.INVALID_UPDATE_VERSION, 'waits', 'pending'],
    [errorCodes.INVALID_REQUEST, 'waits', 'pending'],
    [errorCodes.NEW_LEADER_ELECTED, 'waits', 'pending'],
    [errorCodes.UNKNOWN_TOPIC_ID, 'waits', 'pending'],
    [errorCodes.NOT_CONTROLLER, 'retry', 'pending'],
    [errorCodes.REQUEST_TIMED_OUT, 'retry', 'pending'],
  ])('%i: %s', (errorCode, verdict, pending) => {
    const { state, proposal } = proposed()
    expect(state.answered(proposal, { errorCode })).toBe(verdict)
    expect(state.isr.pending).toBe(pending === null ? null : proposal)
    expect(state.isr.isMaximalMember(3)).toBe(pending !== null)
    state.take({ ...assignment, isr: [1, 2], partitionEpoch: 11 }, 0)
    expect(state.isr.pending).toBeNull()
  })

  test('does not count when newer metadata came first, or when it is of another leadership', () => {
    const { state, proposal } = proposed()
    state.take({ ...assignment, isr: [1], partitionEpoch: 12 }, 0)
    const late = { errorCode: 0, leaderEpoch: 5, partitionEpoch: 11, isr: [1, 2, 3] } as const
    // The change was made, and is history by now.
    expect(state.answered(proposal, late)).toBe('committed')
    expect(state.isr).toMatchObject({ committed: [1], partitionEpoch: 12 })
    const stale = { ...late, partitionEpoch: 10 }
    expect(state.answered(proposal, stale)).toBe('ignored')
    const other = proposed()
    expect(other.state.answered(other.proposal, { ...late, leaderEpoch: 6 })).toBe('waits')
    expect(other.state.isr.committed).toEqual([1, 2])
  })

  test('counts as made when the metadata has told it first', () => {
    const { state, proposal } = proposed()
    state.take({ ...assignment, isr: [1, 2, 3], partitionEpoch: 11 }, 0)
    const answer = { errorCode: 0, leaderEpoch: 5, partitionEpoch: 11, isr: [1, 2, 3] } as const
    expect(state.answered(proposal, answer)).toBe('committed')
    expect(state.answered(proposal, { errorCode: errorCodes.NOT_CONTROLLER })).toBe('ignored')
  })

  test('is as good as the metadata that follows', () => {
    const { state, proposal } = proposed()
    const answer = { errorCode: 0, leaderEpoch: 5, partitionEpoch: 11, isr: [1, 2, 3] } as const
    expect(state.answered(proposal, answer)).toBe('committed')
    state.take({ ...assignment, isr: [1, 2, 3], partitionEpoch: 11 }, 0)
    expect(state.isr).toMatchObject({ committed: [1, 2, 3], partitionEpoch: 11 })
  })
})

test('the high watermark never passes a member of the maximal set, and never falls', () => {
  type Event = { readonly node: number; readonly step: number; readonly kind: number }
  const events = fc.array(
    fc.record<Event>({
      node: fc.integer({ min: 2, max: 4 }),
      step: fc.integer({ min: 0, max: 8 }),
      kind: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 80 },
  )
  fc.assert(
    fc.property(events, (all) => {
      const replicas = [1, 2, 3, 4]
      const state = leaderOf({ replicas, isr: [1, 2] }, 0, allActive, 2)
      const twin = {
        acked: new Map<number, number>(),
        isr: new Set([1, 2]),
        maybe: new Set<number>(),
      }
      let [logEnd, highWatermark, nowMs, partitionEpoch] = [0, 0, 0, 10]
      let proposal: IsrProposal | null = null
      for (const { node, step, kind } of all) {
        nowMs += step * 50
        if (kind === 0) logEnd += step
        if (kind === 1 || kind === 2) {
          const offset = Math.min(logEnd, (twin.acked.get(node) ?? 0) + step)
          twin.acked.set(node, offset)
          expect(state.fetched(fetchOf(node, offset), logEnd, nowMs)).toBe(0)
          proposal = state.expansion(node, highWatermark) ?? proposal
        }
        if (kind === 3) proposal = state.contraction(logEnd, nowMs, LAG_MS) ?? proposal
        if (proposal?.kind === 'expand') for (const id of proposal.isr) twin.maybe.add(id)
        if (kind >= 4 && proposal !== null) {
          const isRefused = step % 3 === 0
          const isr = [...proposal.isr]
          if (!isRefused) twin.isr = new Set(isr)
          if (!isRefused) partitionEpoch += 1
          state.answered(
            proposal,
            isRefused
              ? { errorCode: errorCodes.INELIGIBLE_REPLICA }
              : { errorCode: 0, leaderEpoch: 5, partitionEpoch, isr },
          )
          twin.maybe.clear()
          proposal = null
        }
        const next = state.highWatermark(ends(logEnd, highWatermark), nowMs, LAG_MS)
        expect(next).toBeGreaterThanOrEqual(highWatermark)
        expect(next).toBeLessThanOrEqual(logEnd)
        if (next > highWatermark) {
          expect(twin.isr.size).toBeGreaterThanOrEqual(2)
          for (const id of new Set([...twin.isr, ...twin.maybe])) {
            if (id !== 1) expect(twin.acked.get(id) ?? -1).toBeGreaterThanOrEqual(next)
          }
        }
        highWatermark = next
      }
    }),
    { numRuns: 300 },
  )
})
