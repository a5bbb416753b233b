import { describe, expect, test } from 'vitest'
import type { Clock } from '../io/index.ts'
import { Pace, Turns } from './turns.ts'

/** Time passes when the test says so, and macrotasks run one after the other. */
class Loop implements Clock {
  nowMs = 0
  #soon: Array<() => void> = []
  monotonicMs(): number {
    return this.nowMs
  }
  wallMs(): number {
    return 0
  }
  after(): { cancel(): void } {
    return { cancel: () => {} }
  }
  soon(callback: () => void): void {
    this.#soon.push(callback)
  }
  /** One round of the loop; its promises have settled when this resolves. */
  async round(): Promise<void> {
    const callbacks = this.#soon
    this.#soon = []
    for (const callback of callbacks) callback()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('Turns', () => {
  test('are over after some milliseconds, and begin again with the rounds of the loop', async () => {
    const loop = new Loop()
    const turns = new Turns(loop)
    expect(turns.mayGoOn()).toBe(true)
    loop.nowMs += 7
    expect(turns.mayGoOn()).toBe(true)
    loop.nowMs += 2
    expect(turns.mayGoOn()).toBe(false)
    await loop.round()
    expect(turns.mayGoOn()).toBe(false)
    await loop.round()
    expect(turns.mayGoOn()).toBe(true)
  })

  test('go to those who wait, in order, as many as there is time for', async () => {
    const loop = new Loop()
    const turns = new Turns(loop)
    const ran: string[] = []
    const wait = (name: string): void =>
      turns.wait(() => {
        ran.push(name)
        loop.nowMs += 5
        if (ran.length < 4) wait(`${name}'`)
      })
    for (const name of ['a', 'b', 'c']) wait(name)
    await loop.round()
    await loop.round()
    expect(ran).toEqual(['a', 'b'])
    await loop.round()
    // `c` had no turn and comes before those who want another.
    expect(ran).toEqual(['a', 'b', 'c', "a'"])
  })
})

describe('Pace', () => {
  test('lets every request take its first step, and shares the rest of the turns', async () => {
    const loop = new Loop()
    const turns = new Turns(loop)
    const steps: string[] = []
    expect(turns.mayGoOn()).toBe(true)
    const work = (name: string): Promise<string[]> =>
      new Pace(turns).map([1, 2, 3], (item) => {
        steps.push(`${name}${item}`)
        loop.nowMs += 40
        return `${name}${item}`
      })
    const [a, b] = [work('a'), work('b')]
    expect(steps).toEqual(['a1', 'b1'])
    await loop.round()
    await loop.round()
    // Both were told that they might go on; the time was enough for one.
    expect(steps).toEqual(['a1', 'b1', 'a2'])
    for (let i = 0; i < 3; i++) await loop.round()
    expect(steps).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
    expect(await a).toEqual(['a1', 'a2', 'a3'])
    expect(await b).toEqual(['b1', 'b2', 'b3'])
  })

  test('costs nothing while there is time', async () => {
    const loop = new Loop()
    const pace = new Pace(new Turns(loop))
    expect(await pace.map([1, 2], (item) => Promise.resolve(item * 2))).toEqual([2, 4])
  })
})
