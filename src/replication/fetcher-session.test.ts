import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorCodes } from '../protocol/index.ts'
import { FetchSessions } from './fetch-session.ts'
import type { FetchTarget } from './fetch-session.ts'
import { FetcherSession } from './fetcher-session.ts'

const TOPIC = 'AAAAAAAAAAAAAAAAAAAAFw'

function target(partition: number, fetchOffset: number): FetchTarget {
  return {
    topic: '',
    topicId: TOPIC,
    partition,
    currentLeaderEpoch: 1,
    fetchOffset,
    lastFetchedEpoch: 0,
    logStartOffset: 0,
    partitionMaxBytes: 1000,
  }
}

test('what the leader reads is what the fetcher wants, whatever is lost or forgotten on the way', () => {
  const rounds = fc.array(
    fc.record({
      wanted: fc.dictionary(fc.constantFrom('0', '1', '2', '3'), fc.nat(3)),
      fate: fc.constantFrom('answered', 'answered', 'answered', 'answerLost', 'leaderForgets'),
    }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(rounds, (all) => {
      let leader = new FetchSessions(10)
      const fetcher = new FetcherSession()
      let [id, lost] = [1, 0]
      for (const { wanted, fate } of all) {
        const map = new Map(
          Object.entries(wanted).map(([key, offset]) => [key, target(Number(key), offset)]),
        )
        if (fate === 'leaderForgets') leader = new FetchSessions(10)
        for (let attempt = 0; ; attempt++) {
          expect(attempt).toBeLessThan(2)
          const request = fetcher.request(map)
          const plan = leader.plan(
            { ...request, usesTopicIds: true, isFollower: true },
            0,
            () => id++,
          )
          if (fate === 'answerLost') {
            fetcher.reset()
            break
          }
          const isRefused = typeof plan === 'number'
          if (!fetcher.answered(isRefused ? plan : 0, isRefused ? 0 : plan.sessionId)) continue
          if (isRefused) throw new Error('A refusal was taken for an answer')
          const offsets = (targets: Iterable<FetchTarget>): Map<number, number> =>
            new Map([...targets].map((one) => [one.partition, one.fetchOffset]))
          expect(offsets(plan.targets)).toEqual(offsets(map.values()))
          break
        }
        // Of a session whose first answer was lost the fetcher does not know the id.
        lost += fate === 'answerLost' ? 1 : 0
        expect(leader.count).toBeLessThanOrEqual(1 + lost)
      }
    }),
  )
})

test('sends only what has changed, and asks for all when the leader does not know it', () => {
  const fetcher = new FetcherSession()
  const first = new Map([
    ['0', target(0, 1)],
    ['1', target(1, 1)],
  ])
  expect(fetcher.request(first)).toMatchObject({ sessionId: 0, sessionEpoch: 0 })
  fetcher.answered(0, 7)
  const second = fetcher.request(new Map([['0', target(0, 5)]]))
  expect(second).toMatchObject({ sessionId: 7, sessionEpoch: 1 })
  expect(second.targets).toEqual([target(0, 5)])
  expect(second.forgotten).toEqual([target(1, 1)])
  expect(fetcher.answered(errorCodes.FETCH_SESSION_ID_NOT_FOUND, 0)).toBe(false)
  expect(fetcher.request(first)).toMatchObject({ sessionId: 0, sessionEpoch: 0 })
  expect(fetcher.request(first).targets).toHaveLength(2)
})
