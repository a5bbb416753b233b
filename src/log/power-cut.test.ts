/** Appends, truncations, rolls and deletions on several logs of one dir, until the process is killed or the power goes: nothing durable is lost or comes back. */
import { describe, expect, test } from 'vitest'
import { World } from '../../sim/index.ts'
import type { Machine, SimProcess } from '../../sim/index.ts'
import { readBatchHeader, readRecords } from '../records/index.ts'
import { LogManager } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'
import {
  batch,
  EPOCH,
  FaultyDisk,
  freshUuid,
  MovableClock,
  openManager,
  readAll,
  realDisk,
  settleDown,
  SMALL,
  temporaryDirectory,
} from './test-support.ts'

describe('many logs under power cuts and kills, in the simulator', () => {
  interface Promised {
    /** By name: the values of the records that must be there, in order, from offset 0. */
    readonly durable: Map<string, number[]>
    /** By name: what a deleted forerunner held, which a power cut may bring back as long as its successor was never flushed. */
    readonly ghosts: Map<string, number[]>
    /** By name: what was appended. */
    readonly appended: Map<string, number[]>
  }
  const NAMES = 6
  const config = { ...SMALL, segmentBytes: 3000 }

  async function openOn(process: SimProcess): Promise<LogManager> {
    return LogManager.open(process.io, {
      dirs: ['/d/log'],
      clusterId: 'c',
      nodeId: 1,
      format: true,
      configOf: () => config,
    })
  }

  /** Works on several logs until the process dies. */
  async function work(machine: Machine, process: SimProcess, said: Promised): Promise<void> {
    const prng = machine.world.prng(`work ${process.name}`)
    const manager = await openOn(process)
    const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
    let mark = 0
    const oneLog = async (index: number): Promise<void> => {
      const name = `t${index}`
      for (;;) {
        const log = manager.get(name, 0) ?? manager.create(name, 0, topicId, config)
        const values = said.appended.get(name) ?? []
        const roll = prng.float()
        if (roll < 0.02) {
          // Deleted, and made anew with the same id: as a reassignment does it.
          if ((said.durable.get(name) ?? []).length > 0) said.ghosts.set(name, values)
          said.durable.set(name, [])
          said.appended.set(name, [])
          manager.delete(name, 0)
          continue
        }
        if (roll < 0.06 && log.logEnd > 0) {
          const offset = prng.int(0, log.logEnd)
          const kept = values.slice(0, offset)
          said.durable.set(name, (said.durable.get(name) ?? []).slice(0, offset))
          await log.truncateTo(offset)
          said.appended.set(name, kept)
          continue
        }
        const count = prng.int(1, 3)
        for (let i = 0; i < count; i++) {
          mark = (mark + 1) % 251
          log.append(batch({ mark, valueBytes: prng.chance(0.02) ? 2000 : 30 }), EPOCH)
          values.push(mark)
        }
        said.appended.set(name, values)
        const snapshot = [...values]
        if (prng.chance(0.8)) {
          await log.flush()
          said.durable.set(name, snapshot)
          if (snapshot.length > 0) said.ghosts.delete(name)
        }
        await new Promise<void>((resolve) => void process.io.clock.after(prng.int(0, 4), resolve))
      }
    }
    await Promise.all(Array.from({ length: NAMES }, (_, index) => oneLog(index)))
  }

  async function valuesOf(log: PartitionLog): Promise<number[]> {
    const found: number[] = []
    for (const bytes of await readAll(log, 100_000)) {
      const header = readBatchHeader(bytes, 0)
      expect(header.baseOffset).toBe(found.length)
      for (const { value } of readRecords(bytes)) found.push(value?.[0] ?? -1)
    }
    return found
  }

  test('what was durable is there, in its place, and nothing that was taken off', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const world = new World({ seed })
      const machine = world.machine('a')
      machine.process('setup').io.disk.makeDirectory('/d')
      const said: Promised = { durable: new Map(), ghosts: new Map(), appended: new Map() }
      const prng = world.prng('deaths')
      for (let round = 0; round < 3; round++) {
        const process = machine.process(`worker ${round}`)
        let failure: unknown = null
        work(machine, process, said).catch((error: unknown) => {
          if (!process.isDead) failure = error
        })
        await new Promise((resolve) => setImmediate(resolve))
        await world.run({ forMs: prng.int(1, prng.pick([20, 400, 1500])) })
        if (failure !== null) throw failure
        const isPowerCut = prng.chance(0.7)
        if (isPowerCut) {
          machine.powerCut()
          machine.powerOn()
        } else {
          process.kill()
        }
        const reader = machine.process(`reader ${round}`)
        const manager = await world.settle(openOn(reader))
        for (let index = 0; index < NAMES; index++) {
          const name = `t${index}`
          const durable = said.durable.get(name) ?? []
          const appended = said.appended.get(name) ?? []
          const log = manager.get(name, 0)
          const found = log === null ? [] : await world.settle(valuesOf(log))
          const context = `seed ${seed}, round ${round}, ${name}, ${isPowerCut ? 'power' : 'kill'}`
          expect(found.slice(0, durable.length), context).toEqual(durable)
          said.durable.set(name, found)
          said.appended.set(name, [...found])
          const isPrefix = (of: number[]): boolean =>
            found.every((value, offset) => value === of[offset])
          const ghost = said.ghosts.get(name) ?? []
          if (!isPrefix(appended) && !isPrefix(ghost)) {
            throw new Error(
              `${context}: found ${found.join()}; appended ${appended.join()}; ghost ${ghost.join()}`,
            )
          }
          said.ghosts.delete(name)
        }
        await world.settle(manager.close())
      }
    }
  }, 120_000)
})

test('nobody is told while another commit still makes the name of the file durable', async () => {
  const { disk } = new FaultyDisk()
  const held: (() => void)[] = []
  let isHeld = false
  const syncDirectory = (path: string): Promise<void> =>
    isHeld && path.endsWith('/t-0')
      ? new Promise((resolve) => void held.push(resolve))
      : disk.syncDirectory(path)
  const clock = new MovableClock()
  const path = temporaryDirectory()
  const { manager } = await openManager(path, { disk: { ...disk, syncDirectory }, clock })
  const log = manager.create('t', 0, freshUuid(), SMALL)
  log.append(batch(), EPOCH)
  await log.flush()
  log.roll()
  log.append(batch(), EPOCH)
  isHeld = true
  // The log is settled by its age, and the disk takes its time with the new segment's name.
  await clock.advance(6000)
  expect(held).toHaveLength(1)
  log.append(batch(), EPOCH)
  let isTold = false
  const flushed = log.flush().then(() => {
    isTold = true
  })
  await settleDown()
  expect([isTold, log.durableEnd]).toEqual([false, 1])
  isHeld = false
  for (const release of held) release()
  await flushed
  expect(log.durableEnd).toBe(3)
  await manager.close()
  realDisk.removeTree(path)
})
