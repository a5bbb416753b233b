import { describe, expect, test } from 'vitest'
import { World } from '../../sim/index.ts'
import type { Machine, SimProcess } from '../../sim/index.ts'
import { ZERO_UUID } from '../base/index.ts'
import { applyRecords, emptyImage, metadataRecord } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { BrokerWatch } from './broker-watch.ts'

const PORT = 9092

interface Setup {
  readonly world: World
  readonly machine: Machine
  readonly controller: Machine
  readonly broker: SimProcess
  readonly dead: Array<readonly [id: number, epoch: number]>
  readonly watch: BrokerWatch
}

/** A controller that watches broker 2, whose epoch is 7. */
async function watching(): Promise<Setup> {
  const world = new World({ seed: 1 })
  const machine = world.machine('b')
  const controller = world.machine('a')
  const broker = machine.process('broker')
  await world.settle(broker.io.network.listen({ host: '0.0.0.0', port: PORT }, accept))
  const dead: Array<readonly [number, number]> = []
  const watch = new BrokerWatch({
    ...controller.process('controller').io,
    nodeId: 1,
    listenerName: 'PLAINTEXT',
    onDead: (id, epoch) => dead.push([id, epoch]),
  })
  watch.begin(imageOf({ fenced: false }))
  await world.run({ forMs: 100 })
  return { world, machine, controller, broker, dead, watch }
}

function accept(connection: {
  onData(handler: () => void): void
  onClose(handler: () => void): void
}): void {
  connection.onData(() => {})
  connection.onClose(() => {})
}

function imageOf({ fenced }: { fenced: boolean }): MetadataImage {
  const registration = metadataRecord('registerBroker', {
    brokerId: 2,
    incarnationId: ZERO_UUID,
    features: [],
    rack: null,
    brokerEpoch: 7,
    fenced,
    endPoints: [{ name: 'PLAINTEXT', host: 'b', port: PORT, securityProtocol: 0 }],
  })
  return applyRecords(emptyImage, [registration])
}

describe('BrokerWatch', () => {
  test('says that a killed process is dead, soon', async () => {
    const { world, broker, dead } = await watching()
    broker.kill()
    await world.run({ forMs: 200 })
    expect(dead[0]).toEqual([2, 7])
  })

  test('does not take a process that stands still for a dead one', async () => {
    const { world, broker, dead } = await watching()
    broker.freeze()
    await world.run({ forMs: 60_000 })
    broker.thaw()
    await world.run({ forMs: 1_000 })
    expect(dead).toEqual([])
  })

  test('does not take a machine that cannot be reached for a dead one', async () => {
    const { world, dead, machine, controller } = await watching()
    world.network.partition([machine], [controller])
    await world.run({ forMs: 60_000 })
    expect(dead).toEqual([])
  })

  test('looks no longer once the broker is fenced, or another node leads', async () => {
    for (const end of [
      ({ watch }: Setup) => watch.update(imageOf({ fenced: true })),
      ({ watch }: Setup) => watch.end(),
    ]) {
      const setup = await watching()
      end(setup)
      setup.broker.kill()
      await setup.world.run({ forMs: 5_000 })
      expect(setup.dead).toEqual([])
    }
  })
})
