import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignRange } from './range-assignor.ts'
import type { Subscriber } from './range-assignor.ts'

function member(memberId: string, ...topics: string[]): Subscriber {
  return { memberId, instanceId: null, topics }
}

describe('assignRange', () => {
  it('gives neighbours to one member, the first ones one more', () => {
    const counts = new Map([['t', 7]])
    const assigned = assignRange([member('b', 't'), member('a', 't'), member('c', 't')], counts)
    expect(assigned.get('a')).toEqual([{ topic: 't', partitions: [0, 1, 2] }])
    expect(assigned.get('b')).toEqual([{ topic: 't', partitions: [3, 4] }])
    expect(assigned.get('c')).toEqual([{ topic: 't', partitions: [5, 6] }])
  })

  it('begins anew with each topic, and passes by who does not read it', () => {
    const counts = new Map([
      ['t', 2],
      ['u', 2],
    ])
    const assigned = assignRange([member('a', 't'), member('b', 't', 'u')], counts)
    expect(assigned.get('a')).toEqual([{ topic: 't', partitions: [0] }])
    expect(assigned.get('b')).toEqual([
      { topic: 't', partitions: [1] },
      { topic: 'u', partitions: [0, 1] },
    ])
  })

  it('puts static members first, by their instance id', () => {
    const dynamic = member('a', 't')
    const fixed = { memberId: 'z', instanceId: 'i-1', topics: ['t'] }
    const assigned = assignRange([dynamic, fixed], new Map([['t', 1]]))
    expect(assigned.get('z')).toEqual([{ topic: 't', partitions: [0] }])
    expect(assigned.get('a')).toEqual([])
  })

  it('gives nothing of a topic that is not there', () => {
    expect(assignRange([member('a', 'gone')], new Map()).get('a')).toEqual([])
  })

  it('gives every partition to exactly one member that reads the topic', () => {
    const topics = ['t', 'u', 'v']
    const subscribers = fc.uniqueArray(
      fc.record({
        memberId: fc.string({ minLength: 1, maxLength: 4 }),
        instanceId: fc.option(fc.string({ minLength: 1, maxLength: 4 })),
        topics: fc.subarray(topics),
      }),
      { selector: ({ memberId }) => memberId, maxLength: 6 },
    )
    const sizes = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(subscribers, sizes, (subscribers, sizes) => {
        const counts = new Map(topics.map((topic, index) => [topic, sizes[index] ?? 0]))
        const assigned = assignRange(subscribers, counts)
        for (const [topic, count] of counts) {
          const readers = subscribers.filter((subscriber) => subscriber.topics.includes(topic))
          const given = readers.flatMap(({ memberId }) =>
            (assigned.get(memberId) ?? [])
              .filter((item) => item.topic === topic)
              .flatMap(({ partitions }) => partitions),
          )
          const wanted = readers.length === 0 ? 0 : count
          expect(given.toSorted((a, b) => a - b)).toEqual([...Array(wanted).keys()])
        }
      }),
    )
  })
})
