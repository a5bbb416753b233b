import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PersistentMap } from './persistent-map.ts'

const sorted = (entries: Iterable<[string, number]>): Array<[string, number]> => {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Few names, so that keys are set and deleted again. */
const change = fc.record({
  key: fc.integer({ min: 0, max: 400 }).map((n) => `topic-${n}`),
  value: fc.option(fc.integer(), { nil: null, freq: 3 }),
})

describe('PersistentMap', () => {
  it('does what a Map does, and leaves older versions as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 200 }), { maxLength: 6 }), (batches) => {
        const twin = new Map<string, number>()
        let map = PersistentMap.empty<string, number>()
        const versions = batches.map((batch) => {
          const editor = map.edit()
          for (const { key, value } of batch) {
            if (value === null) {
              twin.delete(key)
              editor.delete(key)
            } else {
              twin.set(key, value)
              editor.set(key, value)
            }
            expect(editor.get(key)).toBe(twin.get(key))
          }
          map = editor.finish()
          return { map, expected: sorted(twin) }
        })
        for (const version of versions) {
          expect(sorted(version.map)).toEqual(version.expected)
          expect(version.map.size).toBe(version.expected.length)
          expect([...version.map.keys()].every((key) => version.map.has(key))).toBe(true)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('stays the same object when nothing changes', () => {
    const editor = PersistentMap.empty<string, number>().edit()
    editor.set('a', 1)
    const map = editor.finish()
    const idle = map.edit()
    idle.delete('b')
    expect(idle.finish()).toBe(map)
  })

  it('takes numbers as keys, negative ones too', () => {
    const editor = PersistentMap.empty<number, string>().edit()
    for (let id = -200; id < 200; id++) editor.set(id, `broker ${id}`)
    const map = editor.finish()
    expect(map.size).toBe(400)
    expect([map.get(-200), map.get(0), map.get(199), map.get(200)]).toEqual([
      'broker -200',
      'broker 0',
      'broker 199',
      undefined,
    ])
  })

  it('copies few entries for one change among many', () => {
    const editor = PersistentMap.empty<string, number>().edit()
    for (let n = 0; n < 10_000; n++) editor.set(`topic-${n}`, n)
    let map = editor.finish()
    const timed = (): number => {
      const before = process.cpuUsage()
      for (let n = 0; n < 2000; n++) {
        const one = map.edit()
        one.set(`topic-${n * 5}`, -n)
        map = one.finish()
      }
      return process.cpuUsage(before).user / 2000
    }
    timed()
    // Copying 10,000 entries takes some 500 microseconds, about 20 and a list of shards some 3.
    expect(Math.min(timed(), timed(), timed())).toBeLessThan(100)
  })
})
