import { describe, expect, it } from 'vitest'
import { FakeClock } from './fakes.conformance.ts'
import { TimerSet } from './timers.ts'

function timerSet(): { clock: FakeClock; timers: TimerSet<string>; fired: string[] } {
  const clock = new FakeClock()
  const fired: string[] = []
  return { clock, fired, timers: new TimerSet(clock, (event) => fired.push(event)) }
}

describe('named timers', () => {
  it('bring their event once', async () => {
    const { clock, timers, fired } = timerSet()
    timers.schedule('a', 10, 'A')
    timers.schedule('b', 5, 'B')
    await clock.advance(9)
    expect(fired).toEqual(['B'])
    await clock.advance(100)
    expect(fired).toEqual(['B', 'A'])
    expect(timers.count).toBe(0)
  })

  it('can be put off, and are not armed anew for that', async () => {
    const { clock, timers, fired } = timerSet()
    timers.schedule('a', 10, 'old')
    for (let i = 0; i < 9; i++) {
      await clock.advance(1)
      timers.schedule('a', 10, 'new')
    }
    expect(clock.armedCount).toBe(1)
    await clock.advance(9)
    expect(fired).toEqual([])
    await clock.advance(1)
    expect(fired).toEqual(['new'])
  })

  it('can be put earlier', async () => {
    const { clock, timers, fired } = timerSet()
    timers.schedule('a', 100, 'late')
    timers.schedule('a', 10, 'early')
    await clock.advance(10)
    expect(fired).toEqual(['early'])
    await clock.advance(200)
    expect(fired).toEqual(['early'])
  })

  it('bring nothing when they are cancelled', async () => {
    const { clock, timers, fired } = timerSet()
    timers.schedule('a', 10, 'A')
    timers.schedule('b', 10, 'B')
    timers.cancel('a')
    await clock.advance(5)
    timers.cancelAll()
    await clock.advance(100)
    expect(fired).toEqual([])
    expect(clock.timerCount).toBe(0)
  })
})
