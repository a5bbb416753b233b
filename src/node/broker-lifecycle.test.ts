import { describe, expect, test } from 'vitest'
import { World } from '../../sim/index.ts'
import { ZERO_UUID } from '../base/index.ts'
import type { RequestOf, ResponseOf } from '../controller/index.ts'
import { checkBrokerConfigs, emptyImage, metadataRecord } from '../metadata/index.ts'
import type { MetadataRecord } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from '../protocol/index.ts'
import { QuorumError } from '../quorum/index.ts'
import { BrokerLifecycle } from './broker-lifecycle.ts'
import { MetadataFollower } from './metadata-follower.ts'

type Heartbeat = RequestOf<typeof BrokerHeartbeatRequest>
type Answer = ResponseOf<typeof BrokerHeartbeatResponse>

const EPOCH = 10

function registration(fenced: boolean): MetadataRecord {
  return metadataRecord('registerBroker', {
    brokerId: 1,
    brokerEpoch: EPOCH,
    fenced,
    incarnationId: ZERO_UUID,
    endPoints: [],
    features: [],
    rack: null,
  })
}

interface Setup {
  readonly world: World
  readonly lifecycle: BrokerLifecycle
  readonly heartbeats: Heartbeat[]
  /** What the controller says; tests change it. */
  readonly answers: {
    registration: number
    heartbeat: Partial<Answer>
    /** Nobody answers heartbeats. */
    isSilent: boolean
    /** Asking fails. */
    failure: Error | null
  }
  /** Puts the registration into the broker's own metadata. */
  readonly publish: (fenced: boolean) => void
}

function setup(): Setup {
  const world = new World({ seed: 1 })
  const { clock, telemetry } = world.machine('a').process('broker').io
  const { settings } = checkBrokerConfigs(new Map())
  const metadata = new MetadataFollower(1, settings, telemetry)
  const heartbeats: Heartbeat[] = []
  const answers: Setup['answers'] = {
    registration: 0,
    heartbeat: {},
    isSilent: false,
    failure: null,
  }
  const lifecycle = new BrokerLifecycle({
    clock,
    telemetry,
    nodeId: 1,
    metadata,
    controller: {
      registerBroker: () =>
        Promise.resolve({ errorCode: answers.registration, brokerEpoch: EPOCH }),
      brokerHeartbeat: (request) => {
        heartbeats.push(request)
        if (answers.failure !== null) return Promise.reject(answers.failure)
        if (answers.isSilent) return new Promise(() => {})
        const answer = { errorCode: 0, isFenced: true, shouldShutDown: false, ...answers.heartbeat }
        return Promise.resolve(answer)
      },
    },
    registration: () => ({}) as never,
    offlineDirs: () => [],
    heartbeatIntervalMs: 2_000,
    registrationTimeoutMs: 5_000,
  })
  const publish = (fenced: boolean): void => {
    const records = [registration(fenced)]
    const provenance = { ...emptyImage.provenance, offsetLast: EPOCH }
    metadata.loadSnapshot(records, provenance)
  }
  return { world, lifecycle, heartbeats, answers, publish }
}

async function joined(): Promise<Setup> {
  const it = setup()
  const registered = it.lifecycle.register()
  await it.world.run({ forMs: 10 })
  it.publish(false)
  await it.world.settle(registered)
  it.answers.heartbeat = { isFenced: false }
  await it.world.settle(it.lifecycle.join())
  it.heartbeats.splice(0)
  return it
}

describe('BrokerLifecycle', () => {
  test('asks again while another incarnation is still taken to be alive', async () => {
    const { world, lifecycle, answers, publish } = setup()
    answers.registration = errorCodes.DUPLICATE_BROKER_REGISTRATION
    const registered = lifecycle.register()
    await world.run({ forMs: 2_000 })
    expect(lifecycle.epoch).toBe(-1)
    answers.registration = 0
    await world.run({ forMs: 200 })
    publish(true)
    await world.settle(registered)
    expect(lifecycle.epoch).toBe(EPOCH)
  })

  test('gives up at once when the cluster is another one, and in the end in any case', async () => {
    const { world, lifecycle, answers } = setup()
    answers.registration = errorCodes.INCONSISTENT_CLUSTER_ID
    await expect(world.settle(lifecycle.register())).rejects.toThrow('INCONSISTENT_CLUSTER_ID')
    answers.registration = errorCodes.NOT_CONTROLLER
    await expect(world.settle(lifecycle.register())).rejects.toThrow('NOT_CONTROLLER')
    expect(world.nowMs).toBeGreaterThan(5_000)
  })

  test('is not registered before its own metadata says so', async () => {
    const { world, lifecycle, publish } = setup()
    let isDone = false
    void lifecycle.register().then(() => (isDone = true))
    await world.run({ forMs: 1_000 })
    expect(isDone).toBe(false)
    publish(true)
    await world.run({ forMs: 1 })
    expect(isDone).toBe(true)
  })

  test('says regularly that it lives, and how far its metadata has come', async () => {
    const { world, heartbeats } = await joined()
    await world.run({ forMs: 6_100 })
    expect(heartbeats.length).toBe(3)
    expect(heartbeats[0]).toMatchObject({
      brokerEpoch: EPOCH,
      currentMetadataOffset: EPOCH,
      wantFence: false,
      wantShutDown: false,
    })
  })

  test('asks sooner while it is fenced, until it is not', async () => {
    const { world, heartbeats, answers } = await joined()
    answers.heartbeat = { isFenced: true }
    await world.run({ forMs: 2_500 })
    expect(heartbeats.length).toBeGreaterThan(5)
    answers.heartbeat = { isFenced: false }
    await world.run({ forMs: 100 })
    heartbeats.splice(0)
    await world.run({ forMs: 4_000 })
    expect(heartbeats.length).toBe(2)
  })

  test('tells at once what should be known at once', async () => {
    const { world, lifecycle, heartbeats } = await joined()
    lifecycle.beat()
    await world.run({ forMs: 1 })
    expect(heartbeats.length).toBe(1)
  })

  test('leaves when the controller lets it, and sends nothing afterwards', async () => {
    const { world, lifecycle, heartbeats, answers } = await joined()
    let isDone = false
    void lifecycle.leave().then(() => (isDone = true))
    await world.run({ forMs: 1_000 })
    expect([isDone, heartbeats.at(-1)?.wantShutDown]).toEqual([false, true])
    answers.heartbeat = { isFenced: false, shouldShutDown: true }
    await world.run({ forMs: 100 })
    expect(isDone).toBe(true)
    heartbeats.splice(0)
    await world.run({ forMs: 10_000 })
    expect(heartbeats).toEqual([])
  })

  test('is silent once the quorum of its own process has failed', async () => {
    const { world, heartbeats, answers } = await joined()
    answers.failure = new QuorumError('LOG_DIR_FAILED', 'The disk is gone')
    await world.run({ forMs: 60_000 })
    expect(heartbeats.length).toBe(1)
  })

  test('does not wait for controllers that are gone as well', async () => {
    const { world, lifecycle, answers } = await joined()
    answers.isSilent = true
    const startedMs = world.nowMs
    await world.settle(lifecycle.leave())
    expect(world.nowMs - startedMs).toBeLessThan(3_000)
  })
})
