import { describe, expect, it } from 'vitest'
import type { Io } from '../src/io/index.ts'
import { World } from './index.ts'
import type { SimProcess } from './index.ts'

const sleep = (io: Io, delayMs: number): Promise<void> =>
  new Promise((resolve) => io.clock.after(delayMs, resolve))

/** A small busy world: two servers that store and answer, two clients that ask, faults by the seed. */
async function busyWorld(seed: number): Promise<World> {
  const world = new World({
    seed,
    network: { stallChance: 0.02, cutChance: 0.01 },
    traceLinesMax: 5_000,
  })
  const names = ['a', 'b', 'c']
  const machines = names.map((name) => world.machine(name, { driftPpm: 50 }))
  for (const machine of machines.slice(0, 2)) machine.start('server', serve)
  for (const machine of machines) machine.start('client', (process) => ask(process, names[0] ?? ''))
  await world.run({ forMs: 2_000 })
  machines[1]?.powerCut()
  await world.run({ forMs: 2_000 })
  return world
}

async function serve({ io }: SimProcess): Promise<void> {
  const file = io.disk.open('/store', 'create')
  let position = 0
  await io.network.listen({ host: '0.0.0.0', port: 7 }, (connection) => {
    connection.onData((chunk) => {
      position += file.write([chunk], position)
      void file.sync().then(() => connection.write([Buffer.from(`${position}\n`)]))
    })
  })
}

async function ask({ io }: SimProcess, host: string): Promise<void> {
  for (;;) {
    await sleep(io, 20 + io.entropy.random() * 50)
    try {
      const connection = await io.network.connect({ host, port: 7, timeoutMs: 500 })
      const closed = new Promise<void>((resolve) => connection.onClose(() => resolve()))
      connection.onData((chunk) => io.telemetry.log('info', 'answer', chunk.toString()))
      connection.write([io.entropy.randomBytes(200)])
      await sleep(io, 50)
      connection.end()
      await closed
    } catch (error) {
      io.telemetry.log('warn', 'failed', (error as Error).message)
    }
  }
}

describe('a world', () => {
  it('is the same for the same seed, and another for another', async () => {
    for (const seed of [1, 2, 3]) {
      const [one, two, other] = await Promise.all([
        busyWorld(seed),
        busyWorld(seed),
        busyWorld(seed + 1_000),
      ])
      expect(one.eventCount).toBeGreaterThan(500)
      expect(two.trace.lines).toEqual(one.trace.lines)
      expect(two.trace.hash).toBe(one.trace.hash)
      expect(other.trace.hash).not.toBe(one.trace.hash)
    }
  })

  it('lets every promise run its course between two events', async () => {
    const world = new World({ seed: 1 })
    const seen: string[] = []
    world.schedule(1, 'first', () => {
      void (async () => {
        for (let i = 0; i < 100; i++) await Promise.resolve()
        process.nextTick(() => void Promise.resolve().then(() => seen.push('first')))
      })()
    })
    world.schedule(1, 'second', () => seen.push('second'))
    await world.run()
    expect(seen).toEqual(['first', 'second'])
  })

  it('orders events by time, then by the order of scheduling', async () => {
    const world = new World({ seed: 1 })
    const seen: number[] = []
    const delaysMs = Array.from({ length: 300 }, (_, index) => (index * 7) % 3)
    for (const [index, delayMs] of delaysMs.entries()) {
      world.schedule(delayMs, String(index), () => seen.push(index))
    }
    await world.run()
    const expected = [0, 1, 2].flatMap((delayMs) =>
      delaysMs.flatMap((each, index) => (each === delayMs ? [index] : [])),
    )
    expect(seen).toEqual(expected)
    expect(world.nowMs).toBe(2)
  })

  it('stops at its bounds', async () => {
    const world = new World({ seed: 1 })
    let turns = 0
    const turn = (): void => {
      turns += 1
      world.schedule(10, 'turn', turn)
    }
    turn()
    await world.run({ forMs: 95 })
    expect(turns).toBe(10)
    expect(world.nowMs).toBe(95)
    await world.run({ until: () => turns === 12 })
    expect(turns).toBe(12)
    await expect(world.run({ eventsMax: 5 })).rejects.toThrow('No end')
  })

  it('says when nothing can settle a promise any more', async () => {
    const world = new World({ seed: 1 })
    await expect(world.settle(new Promise(() => {}))).rejects.toThrow('nothing more happens')
  })

  it('fails with what a process fails with', async () => {
    const thrown = new World({ seed: 1 })
    thrown.machine('a').start('bad', () => {
      throw new Error('thrown')
    })
    await expect(thrown.run()).rejects.toThrow('thrown')
    const rejected = new World({ seed: 1 })
    rejected.machine('a').start('bad', async ({ io }) => {
      await sleep(io, 5)
      throw new Error('rejected')
    })
    await expect(rejected.run()).rejects.toThrow('rejected')
    const timer = new World({ seed: 1 })
    timer.machine('a').start('bad', ({ io }) => {
      io.clock.after(5, () => {
        throw new Error('in a timer')
      })
    })
    await expect(timer.run()).rejects.toThrow('in a timer')
  })
})

describe('a process', () => {
  it('stops at a kill, between two awaits', async () => {
    const world = new World({ seed: 1 })
    let turns = 0
    const process = world.machine('a').start('loop', async ({ io }) => {
      for (;;) {
        await sleep(io, 10)
        turns += 1
      }
    })
    await world.run({ forMs: 100 })
    const before = turns
    expect(before).toBeGreaterThan(5)
    process.kill()
    await world.run({ forMs: 1_000 })
    expect(turns).toBe(before)
  })

  it('sees nothing while it is frozen, and all of it in order afterwards', async () => {
    const world = new World({ seed: 1 })
    const seen: string[] = []
    const process = world.machine('a').start('main', ({ io }) => {
      for (const delayMs of [30, 10, 20]) io.clock.after(delayMs, () => seen.push(String(delayMs)))
    })
    await world.run({ forMs: 5 })
    process.freeze()
    await world.run({ forMs: 10_000 })
    expect(seen).toEqual([])
    process.thaw()
    await world.run()
    expect(seen).toEqual(['10', '20', '30'])
    expect(world.nowMs).toBeLessThan(10_010)
  })

  it('draws its randomness from the seed and its name', () => {
    const draw = (seed: number, name: string): string =>
      new World({ seed }).machine('a').process(name).io.entropy.randomBytes(8).toString('hex')
    expect(draw(1, 'p')).toBe(draw(1, 'p'))
    expect(draw(1, 'p')).not.toBe(draw(1, 'q'))
    expect(draw(1, 'p')).not.toBe(draw(2, 'p'))
  })

  it('is of another mind after a restart', () => {
    const world = new World({ seed: 1 })
    const machine = world.machine('a')
    const [one, two] = [0, 1].map(() => machine.start('p', () => {}))
    expect(one?.io.entropy.randomBytes(8)).not.toEqual(two?.io.entropy.randomBytes(8))
  })
})

describe('clocks', () => {
  it('drift apart, each by its rate', async () => {
    const world = new World({ seed: 1 })
    const fast = world.machine('fast', { driftPpm: 1_000 }).process('p').io.clock
    const slow = world.machine('slow', { driftPpm: -1_000 }).process('p').io.clock
    const [fastStart, slowStart] = [fast.monotonicMs(), slow.monotonicMs()]
    await world.run({ forMs: 1_000_000 })
    expect(fast.monotonicMs() - fastStart).toBeCloseTo(1_001_000, 3)
    expect(slow.monotonicMs() - slowStart).toBeCloseTo(999_000, 3)
    expect(fast.wallMs() - slow.wallMs()).toBeGreaterThanOrEqual(1_999)
  })

  it('time timers by the clock of their machine', async () => {
    for (const driftPpm of [-100_000, 100_000]) {
      const world = new World({ seed: 1 })
      const { io } = world.machine('a', { driftPpm }).process('p')
      const startMs = io.clock.monotonicMs()
      await world.settle(sleep(io, 10_000))
      const elapsedMs = io.clock.monotonicMs() - startMs
      expect(elapsedMs).toBeGreaterThanOrEqual(10_000)
      expect(elapsedMs).toBeLessThan(10_003)
    }
  })

  it('jump on the wall, never in the monotonic', async () => {
    const world = new World({ seed: 1, wallStartMs: 1_000_000 })
    const machine = world.machine('a', { wallOffsetMs: 500 })
    const { clock } = machine.process('p').io
    expect(clock.wallMs()).toBe(1_000_500)
    const monotonicMs = clock.monotonicMs()
    machine.jumpWall(-3_600_000)
    expect(clock.wallMs()).toBe(1_000_500 - 3_600_000)
    expect(clock.monotonicMs()).toBe(monotonicMs)
  })
})
