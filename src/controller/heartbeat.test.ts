import { describe, expect, it } from 'vitest'
import { applyRecords } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import type { BrokerHeartbeatRequest } from '../protocol/index.ts'
import type { RequestOf } from './decision.ts'
import {
  brokerRecord,
  clusterOf,
  contextOf,
  directoryOf,
  withTopic,
} from './harness.conformance.ts'
import { heartbeat } from './heartbeat.ts'
import { Sessions } from './sessions.ts'

type Request = RequestOf<typeof BrokerHeartbeatRequest>

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const REGISTERED_OFFSET = 40

function requestOf(overrides: Partial<Request>): Request {
  return {
    brokerId: 1,
    brokerEpoch: 10,
    currentMetadataOffset: REGISTERED_OFFSET,
    wantFence: false,
    wantShutDown: false,
    offlineLogDirs: [],
    cordonedLogDirs: null,
    ...overrides,
  }
}

function beat(
  image: MetadataImage,
  overrides: Partial<Request> = {},
  sessions: Sessions = new Sessions(9000, image.cluster, 0),
) {
  const request = requestOf(overrides)
  const decision = heartbeat(image, request, contextOf(), sessions, REGISTERED_OFFSET)
  return { ...decision, after: applyRecords(image, decision.records) }
}

const fenced = applyRecords(clusterOf(3), [brokerRecord(1, { fenced: true })])
const led = { replicas: [1, 2], isr: [1, 2], leader: 1 }
const leading = withTopic(clusterOf(3), 'orders', TOPIC_ID, [led])

describe('heartbeats', () => {
  it('are refused from another incarnation', () => {
    for (const overrides of [{ brokerEpoch: 9 }, { brokerId: 7 }]) {
      const { records, response, state } = beat(clusterOf(3), overrides)
      expect(errorName(response.errorCode)).toBe('STALE_BROKER_EPOCH')
      expect([records, state]).toEqual([[], null])
    }
  })

  it('write nothing while nothing changes', () => {
    const { records, response } = beat(leading)
    expect(records).toEqual([])
    expect(response).toEqual({
      errorCode: 0,
      isCaughtUp: true,
      isFenced: false,
      shouldShutDown: false,
    })
  })
})

describe('a fenced broker', () => {
  it('is unfenced when it has applied its own registration, not before', () => {
    const early = beat(fenced, { currentMetadataOffset: REGISTERED_OFFSET - 1 })
    expect(early.response).toMatchObject({ isCaughtUp: false, isFenced: true })
    expect(early.records).toEqual([])
    const ready = beat(fenced)
    expect(ready.response).toMatchObject({ isCaughtUp: true, isFenced: false })
    expect(ready.after.cluster.isAlive(1)).toBe(true)
  })

  it('stays fenced as long as it wants to', () => {
    expect(beat(fenced, { wantFence: true }).response).toMatchObject({
      isCaughtUp: true,
      isFenced: true,
    })
  })

  it('may go at once', () => {
    const { records, response, state } = beat(fenced, { wantShutDown: true })
    expect([records, state]).toEqual([[], 'gone'])
    expect(response).toMatchObject({ isFenced: true, shouldShutDown: true })
  })
})

describe('an alive broker', () => {
  it('is fenced when it asks for it', () => {
    const { after, response } = beat(leading, { wantFence: true })
    expect(response).toMatchObject({ isFenced: true, shouldShutDown: false })
    expect(after.cluster.isAlive(1)).toBe(false)
    expect(after.topics.partition(TOPIC_ID, 0)?.leader).toBe(2)
  })

  it('that leads nothing may go at once, and is fenced', () => {
    const { after, response } = beat(clusterOf(3), { wantShutDown: true })
    expect(response).toMatchObject({ isFenced: true, shouldShutDown: true })
    expect(after.cluster.isAlive(1)).toBe(false)
  })

  it('that leads something hands over first, and goes when all others know', () => {
    const sessions = new Sessions(9000, leading.cluster, 0)
    sessions.touch(2, 20, 50, 0)
    sessions.touch(3, 30, 50, 0)
    const first = beat(leading, { wantShutDown: true }, sessions)
    expect(first.response).toMatchObject({ isFenced: false, shouldShutDown: false })
    expect(first.state).toBe('leaving')
    expect(first.after.topics.partition(TOPIC_ID, 0)).toMatchObject({ leader: 2, isr: [2] })
    sessions.beginShutdown(1, 10, 60)
    sessions.touch(2, 20, 60, 1)
    const second = beat(first.after, { wantShutDown: true }, sessions)
    expect([second.state, second.records]).toEqual(['leaving', []])
    sessions.touch(3, 30, 60, 2)
    const third = beat(second.after, { wantShutDown: true }, sessions)
    expect(third.response).toMatchObject({ isFenced: true, shouldShutDown: true })
    expect(third.after.cluster.isAlive(1)).toBe(false)
  })

  it('that is alone may go at once, and keeps what it leads', () => {
    const alone = withTopic(clusterOf(1), 'orders', TOPIC_ID, [{}])
    const { after, records, response } = beat(alone, { wantShutDown: true })
    expect(response.shouldShutDown).toBe(true)
    expect(records).toHaveLength(1)
    expect(after.topics.partition(TOPIC_ID, 0)?.leader).toBe(1)
  })
})

describe('log directories', () => {
  const directories = [directoryOf(1), directoryOf(91)]
  const two = applyRecords(leading, [brokerRecord(1, { logDirs: directories })])

  it('that fail take their replicas out of sync, others stay', () => {
    const image = withTopic(two, 'more', 'bTIE0c12SJKpE9Kdr0FUAg', [
      { ...led, directories: [directoryOf(91), directoryOf(2)] },
    ])
    const { after } = beat(image, { offlineLogDirs: [directoryOf(1)] })
    expect(after.cluster.broker(1)?.directories).toEqual([directoryOf(91)])
    expect(after.topics.partition(TOPIC_ID, 0)).toMatchObject({ leader: 2, isr: [2] })
    expect(after.topics.byName('more')?.partitions[0]).toMatchObject({ leader: 1, isr: [1, 2] })
    expect(beat(after, { offlineLogDirs: [directoryOf(1)] }).records).toEqual([])
  })

  it('that fail are not chosen by an election of the same heartbeat', () => {
    const waiting = withTopic(
      applyRecords(clusterOf(2), [brokerRecord(1, { fenced: true, logDirs: directories })]),
      'orders',
      TOPIC_ID,
      [{ leader: -1 }],
    )
    const { after } = beat(waiting, { offlineLogDirs: [directoryOf(1)] })
    expect(after.cluster.isAlive(1)).toBe(true)
    expect(after.topics.partition(TOPIC_ID, 0)?.leader).toBe(-1)
  })

  it('that are the last ones cannot be taken from the registration', () => {
    const { after, records } = beat(leading, { offlineLogDirs: [directoryOf(1)] })
    expect(records.map(({ type }) => type)).toEqual(['partitionChange'])
    expect(after.topics.partition(TOPIC_ID, 0)?.leader).toBe(2)
  })

  it('that are cordoned are noted once', () => {
    const cordonedLogDirs = [directoryOf(91)]
    const { after } = beat(two, { cordonedLogDirs })
    expect(after.cluster.broker(1)?.cordonedDirectories).toEqual(cordonedLogDirs)
    expect(beat(after, { cordonedLogDirs }).records).toEqual([])
  })
})
