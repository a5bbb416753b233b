/** The quorum over the real log on a simulated disk that loses power at any operation. */
import { describe, expect, it } from 'vitest'
import type { Machine, SimProcess } from '../../sim/index.ts'
import { Prng } from '../base/index.ts'
import { LogManager } from '../log/index.ts'
import { openMetadataLog } from './log-driver.ts'
import { FORMAT, formatted, LOG_DIR, marked, marksOf, start } from './quorum-harness.conformance.ts'
import type { Node } from './quorum-harness.conformance.ts'

const SEEDS = 80
const LIVES = 4

interface Life extends Node {
  readonly process: SimProcess
  readonly logs: LogManager
}

async function live(machine: Machine, directoryId: string, snapshots: boolean): Promise<Life> {
  const process = machine.process('node')
  const logs = await LogManager.open(process.io, {
    dirs: [LOG_DIR],
    clusterId: FORMAT.clusterId,
    nodeId: 1,
    format: false,
    configOf: () => {
      throw new Error('No other log is here')
    },
  })
  const retention = {
    snapshotAfterBytes: snapshots ? 600 : 1e9,
    snapshotDelayMs: 0,
    retainedBytes: 2000,
  }
  const log = openMetadataLog(logs, LOG_DIR)
  const node = await start(process, log, { directoryId, retention })
  return { ...node, process, logs }
}

/** All marks that a restart knows: those in the snapshot and those in the log after it. */
function known({ listener }: Node): string[] {
  return [...listener.image.configs.ofDefaultBroker().keys()]
}

describe.each([
  ['with its log alone', false],
  ['with snapshots', true],
])('a quorum of one %s', (_name, snapshots) => {
  it('keeps what it acknowledged over power cuts at any disk operation', async () => {
    let acknowledgedInAll = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const prng = new Prng(seed)
      const { machine, directoryId } = await formatted(seed)
      const { world } = machine
      const acknowledged = new Set<string>()
      const proposed: string[] = []
      let epoch = 0
      for (let life = 0; life < LIVES; life++) {
        const disarm = machine.volume.inject({
          nth: prng.int(1, 250),
          effect: { kind: 'powerCut', when: prng.pick(['before', 'midway', 'after']) },
        })
        const body = async (): Promise<void> => {
          const node = await live(machine, directoryId, snapshots)
          expect(node.quorum.epoch).toBeGreaterThan(epoch)
          epoch = node.quorum.epoch
          const found = known(node)
          for (const mark of acknowledged) expect(found).toContain(mark)
          for (const mark of found) expect(proposed).toContain(mark)
          const inLog = marksOf(node.listener.records)
          expect(inLog).toEqual(proposed.filter((mark) => inLog.includes(mark)))
          for (let i = 0; i < 12; i++) {
            const mark = `m${proposed.length}`
            proposed.push(mark)
            const answer = node.quorum.propose([marked(mark)]).then(() => acknowledged.add(mark))
            if (prng.chance(0.6)) await answer
            else answer.catch(() => undefined)
          }
        }
        let isOver = false
        let failure: unknown = null
        body().then(
          () => (isOver = true),
          (error: unknown) => {
            failure = error
            isOver = true
          },
        )
        await new Promise((resolve) => setImmediate(resolve))
        await world.run({ until: () => isOver || !machine.isOn })
        disarm()
        // Whatever a dying process runs into is no finding, but a failed check always is.
        const isFinding = failure instanceof Error && failure.name === 'AssertionError'
        if (isFinding || (machine.isOn && failure !== null)) throw failure
        if (machine.isOn) machine.powerCut()
        machine.powerOn()
      }
      acknowledgedInAll += acknowledged.size
    }
    expect(acknowledgedInAll).toBeGreaterThan(SEEDS * 10)
  })

  it('stops cleanly and goes on where it was', async () => {
    const { machine, directoryId } = await formatted()
    const run = <T>(promise: Promise<T>): Promise<T> => machine.world.settle(promise)
    for (let round = 0; round < 3; round++) {
      const node = await run(live(machine, directoryId, snapshots))
      expect(known(node)).toHaveLength(round * 10)
      for (let i = 0; i < 10; i++) await run(node.quorum.propose([marked(`m${round}-${i}`)]))
      await run(node.quorum.close())
      await run(node.logs.close({ brokerEpoch: round }))
      node.process.kill()
    }
  })
})
