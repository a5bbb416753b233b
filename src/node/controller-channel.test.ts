import { describe, expect, test } from 'vitest'
import { World } from '../../sim/index.ts'
import type { SimProcess } from '../../sim/index.ts'
import type { Connection } from '../io/index.ts'
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
  apis,
  ApiVersionsRequest,
  ApiVersionsResponse,
  decodeRequest,
  encodeResponse,
  errorCodes,
} from '../protocol/index.ts'
import { FrameReader } from '../rpc/index.ts'
import { ControllerChannel } from './controller-channel.ts'

const PORT = 9093
const FRAME_MAX = 1024 * 1024

/** A controller that answers with `errorCode`, or not at all; `asked` counts. */
interface FakeController {
  errorCode: number
  isSilent: boolean
  asked: number
}

interface Setup {
  readonly world: World
  readonly channel: ControllerChannel
  readonly controllers: Readonly<Record<number, FakeController>>
  readonly processes: Readonly<Record<number, SimProcess>>
  /** Who leads, as the node knows it; null: nobody. */
  known: number | null
}

async function setup(): Promise<Setup> {
  const world = new World({ seed: 1 })
  const io = world.machine('asker').process('node').io
  const controllers = { 1: fakeController(), 2: fakeController() }
  const processes = {
    1: world.machine('c1').process('controller'),
    2: world.machine('c2').process('controller'),
  }
  for (const id of [1, 2] as const) {
    await world.settle(
      processes[id].io.network.listen({ host: '0.0.0.0', port: PORT }, (connection) =>
        serve(connection, controllers[id]),
      ),
    )
  }
  const it = { world, controllers, processes, known: 1 as number | null }
  const channel = new ControllerChannel({
    ...io,
    nodeId: 9,
    leader: () => ({
      id: it.known,
      epoch: 1,
      endpoint: it.known === null ? null : { host: `c${it.known}`, port: PORT },
    }),
  })
  return Object.assign(it, { channel })
}

function fakeController(): FakeController {
  return { errorCode: 0, isSilent: false, asked: 0 }
}

function serve(connection: Connection, controller: FakeController): void {
  const reader = new FrameReader(FRAME_MAX)
  connection.onClose(() => {})
  connection.onData((chunk) => {
    reader.push(chunk, (frame) => {
      const opened = decodeRequest(frame)
      if (!opened.ok) throw new Error(opened.message)
      const { correlationId } = opened.header
      if (opened.api.key === ApiVersionsRequest.key) {
        const apiKeys = [...apis.values()].map(({ key, versions }) => ({
          apiKey: key,
          minVersion: versions[0],
          maxVersion: versions[1],
        }))
        const answer = { errorCode: 0, apiKeys }
        return connection.write(
          encodeResponse(ApiVersionsResponse, opened.version, correlationId, answer),
        )
      }
      controller.asked += 1
      if (controller.isSilent) return undefined
      const answer = {
        errorCode: controller.errorCode,
        producerIdStart: controller.asked,
        producerIdLen: 1,
      }
      return connection.write(encodeResponse(AllocateProducerIdsResponse, 0, correlationId, answer))
    })
  })
}

function ask({ channel }: Setup, timeoutMs = 5_000) {
  return channel.ask({
    request: AllocateProducerIdsRequest,
    response: AllocateProducerIdsResponse,
    body: { brokerId: 9, brokerEpoch: 1 },
    timeoutMs,
  })
}

describe('ControllerChannel', () => {
  test('keeps one connection to the active controller', async () => {
    const it = await setup()
    await it.world.settle(ask(it))
    expect(await it.world.settle(ask(it))).toMatchObject({ errorCode: 0, producerIdStart: 2 })
  })

  test('asks again where the controller has moved to', async () => {
    const it = await setup()
    it.controllers[1]!.errorCode = errorCodes.NOT_CONTROLLER
    const answer = ask(it)
    await it.world.run({ forMs: 500 })
    it.known = 2
    expect(await it.world.settle(answer)).toMatchObject({ errorCode: 0 })
    expect(it.controllers[1]!.asked).toBeGreaterThan(1)
    expect(it.controllers[2]!.asked).toBe(1)
  })

  test('does not wait for a controller that has lost the leadership and says nothing', async () => {
    const it = await setup()
    it.controllers[1]!.isSilent = true
    const answer = ask(it)
    await it.world.run({ forMs: 500 })
    it.known = 2
    it.channel.leaderChanged()
    const startedMs = it.world.nowMs
    expect(await it.world.settle(answer)).toMatchObject({ errorCode: 0 })
    expect(it.world.nowMs - startedMs).toBeLessThan(500)
  })

  test('waits until there is a controller, and connects again when it was killed', async () => {
    const it = await setup()
    it.known = null
    const first = ask(it)
    await it.world.run({ forMs: 1_000 })
    it.known = 1
    expect(await it.world.settle(first)).toMatchObject({ errorCode: 0 })
    it.processes[1]!.kill()
    const second = ask(it)
    await it.world.run({ forMs: 200 })
    it.known = 2
    expect(await it.world.settle(second)).toMatchObject({ errorCode: 0 })
  })

  test('gives up in time', async () => {
    const it = await setup()
    it.known = null
    const startedMs = it.world.nowMs
    await expect(it.world.settle(ask(it, 2_000))).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect(it.world.nowMs - startedMs).toBeLessThan(2_500)
  })

  test('says so once it is closed', async () => {
    const it = await setup()
    it.known = null
    const answer = ask(it)
    await it.world.run({ forMs: 100 })
    it.channel.close()
    await expect(it.world.settle(answer)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
