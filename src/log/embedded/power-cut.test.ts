import { describe, expect, test } from 'vitest'
import { World } from '../../../sim/index.ts'
import type { Machine } from '../../../sim/index.ts'
import { openLog } from './index.ts'

const MIB = 1024 * 1024

describe('power cuts, in the simulator', () => {
  /** Appends, waits for some, snapshots and truncates until the power goes; returns what was promised. */
  async function work(machine: Machine, seed: number): Promise<{ durable: number; start: number }> {
    const promised = { durable: 0, start: 0 }
    const prng = machine.world.prng('work')
    const process = machine.process(`writer ${seed}`)
    const writing = (async () => {
      const it = await openLog('/d/log', { io: process.io, segmentBytes: 4096 })
      for (;;) {
        const { end } = it
        const count = prng.int(1, 4)
        const appended = it.appendAll(Array.from({ length: count }, (_, i) => valueOf(end + i)))
        if (prng.chance(0.5)) {
          await appended.durable
          promised.durable = Math.max(promised.durable, appended.offsetEnd)
        }
        if (prng.chance(0.05)) {
          const truncate = prng.chance(0.5)
          await it.saveSnapshot({ offset: end, data: Buffer.from(`state ${end}`) }, { truncate })
          promised.durable = Math.max(promised.durable, end)
          if (truncate) promised.start = end
        }
      }
    })()
    writing.catch(() => undefined)
    await machine.world.run({ forMs: prng.int(1, 400) })
    if (prng.chance(0.5)) {
      machine.powerCut()
      machine.powerOn()
    } else {
      process.kill()
    }
    return promised
  }

  const valueOf = (offset: number): string => `value ${offset} ${'.'.repeat(offset % 97)}`

  test('what was durable is there, what is there is right, and offsets go on', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const world = new World({ seed })
      const machine = world.machine('a')
      machine.process('setup').io.disk.makeDirectory('/d')
      let durable = 0
      let start = 0
      for (let round = 0; round < 3; round++) {
        const promised = await work(machine, seed * 10 + round)
        durable = Math.max(durable, promised.durable)
        start = Math.max(start, promised.start)
        const { io } = machine.process(`reader ${seed} ${round}`)
        const found = await world.settle(openLog('/d/log', { io, segmentBytes: 4096 }))
        expect(found.end, `seed ${seed}`).toBeGreaterThanOrEqual(durable)
        expect(found.start, `seed ${seed}`).toBeGreaterThanOrEqual(start)
        const snapshot = found.loadSnapshot()
        expect(snapshot?.data.toString() ?? 'state 0').toBe(`state ${snapshot?.offset ?? 0}`)
        const records = await world.settle(found.read(found.start, { maxBytes: MIB }))
        records.forEach((record) => expect(record.value?.toString()).toBe(valueOf(record.offset)))
        durable = found.end
        await world.settle(found.close())
      }
    }
  })
})
