import { expect, it, vi } from 'vitest'
import { nodeClock } from './clock.ts'

it('a timer set late in a turn of the loop is not early', async () => {
  for (let i = 0; i < 5; i++) {
    const busyUntilMs = performance.now() + 5
    while (performance.now() < busyUntilMs);
    const startMs = performance.now()
    await new Promise<void>((resolve) => nodeClock.after(8, resolve))
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(8)
  }
})

it('a timer for years does not keep the loop busy', async () => {
  const armed = vi.spyOn(globalThis, 'setTimeout')
  const timer = nodeClock.after(2 ** 60, () => {})
  await new Promise<void>((resolve) => nodeClock.after(20, resolve))
  timer.cancel()
  expect(armed.mock.calls.length).toBeLessThan(5)
  armed.mockRestore()
})
