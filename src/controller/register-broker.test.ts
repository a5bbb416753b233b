import { describe, expect, it } from 'vitest'
import { applyRecords, metadataRecord } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import type { BrokerRegistrationRequest } from '../protocol/index.ts'
import type { RequestOf } from './decision.ts'
import {
  brokerRecord,
  CLUSTER_ID,
  clusterOf,
  contextOf,
  directoryOf,
  withElr,
  withTopic,
} from './harness.conformance.ts'
import { registerBroker } from './register-broker.ts'

type Request = RequestOf<typeof BrokerRegistrationRequest>

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const listener = { name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }

function requestOf(overrides: Partial<Request> = {}): Request {
  return {
    brokerId: 1,
    clusterId: CLUSTER_ID,
    incarnationId: directoryOf(200),
    listeners: [listener],
    features: [
      { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
      { name: 'eligible.leader.replicas.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
    ],
    rack: 'r1',
    isMigratingZkBroker: false,
    logDirs: [directoryOf(1)],
    previousBrokerEpoch: -1,
    ...overrides,
  }
}

function register(
  image: MetadataImage,
  overrides: Partial<Request> = {},
  isInSession: (brokerId: number, brokerEpoch: number) => boolean = () => false,
) {
  const context = contextOf({ 'min.insync.replicas': '2' })
  const { records, response } = registerBroker(image, requestOf(overrides), context, isInSession)
  return { records, response, after: applyRecords(image, records) }
}

describe('registerBroker', () => {
  it('takes the offset of its record as the epoch, and leaves the broker fenced', () => {
    const { response, after } = register(clusterOf(0))
    expect(response).toEqual({ errorCode: 0, brokerEpoch: 100 })
    expect(after.cluster.broker(1)).toMatchObject({
      epoch: 100,
      endpoints: [listener],
      rack: 'r1',
      fenced: true,
      inControlledShutdown: false,
      directories: [directoryOf(1)],
    })
  })

  it('keeps epoch and fencing when the same incarnation asks again', () => {
    const { records, response, after } = register(clusterOf(1), { incarnationId: directoryOf(101) })
    expect(response.brokerEpoch).toBe(10)
    expect(after.cluster.broker(1)?.fenced).toBe(false)
    expect(records).toHaveLength(1)
  })

  it.each<[string, Partial<Request>, string]>([
    ['another cluster', { clusterId: directoryOf(9) }, 'INCONSISTENT_CLUSTER_ID'],
    ['a broker of the ZooKeeper time', { isMigratingZkBroker: true }, 'BROKER_ID_NOT_REGISTERED'],
    ['no directory', { logDirs: [] }, 'INVALID_REGISTRATION'],
    ['a directory twice', { logDirs: [directoryOf(1), directoryOf(1)] }, 'INVALID_REGISTRATION'],
    ['a reserved directory', { logDirs: ['AAAAAAAAAAAAAAAAAAAAYw'] }, 'INVALID_REGISTRATION'],
    ["another broker's directory", { logDirs: [directoryOf(2)] }, 'INVALID_REGISTRATION'],
    ['no metadata.version', { features: [] }, 'INVALID_REGISTRATION'],
    [
      'too old a metadata.version',
      { features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 29 }] },
      'UNSUPPORTED_VERSION',
    ],
  ])('refuses %s', (_what, overrides, error) => {
    const { records, response } = register(clusterOf(2), overrides)
    expect(errorName(response.errorCode)).toBe(error)
    expect(records).toEqual([])
  })

  it('asks for no directories as long as there is no record for them', () => {
    const old = metadataRecord('featureLevel', { name: 'metadata.version', featureLevel: 16 })
    const image = applyRecords(clusterOf(2), [old])
    expect(register(image, { logDirs: [] }).response.errorCode).toBe(0)
  })

  it('refuses a broker that lacks a finalized feature', () => {
    const share = { name: 'share.version', featureLevel: 1 }
    const image = applyRecords(clusterOf(0), [metadataRecord('featureLevel', share)])
    expect(errorName(register(image).response.errorCode)).toBe('UNSUPPORTED_VERSION')
    const features = [
      ...requestOf().features,
      { name: 'share.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
    ]
    expect(register(image, { features }).response.errorCode).toBe(0)
  })
})

describe('a second process with the same id', () => {
  const inSession = (brokerId: number, brokerEpoch: number) => brokerId === 1 && brokerEpoch === 10

  const elsewhere = { logDirs: [directoryOf(77)] }

  it('is refused while the first one is alive', () => {
    const { records, response } = register(clusterOf(2), elsewhere, inSession)
    expect(errorName(response.errorCode)).toBe('DUPLICATE_BROKER_REGISTRATION')
    expect(records).toEqual([])
  })

  it('is taken when the first one is silent, fenced or leaving', () => {
    expect(register(clusterOf(2), elsewhere).response.errorCode).toBe(0)
    for (const change of [{ fenced: true }, { inControlledShutdown: true }]) {
      const image = applyRecords(clusterOf(2), [brokerRecord(1, change)])
      const { response } = register(image, elsewhere, inSession)
      expect(response).toEqual({ errorCode: 0, brokerEpoch: 100 })
    }
  })

  it('is taken when it holds the directories of the first one, which must be dead then', () => {
    const logDirs = [directoryOf(1), directoryOf(77)]
    const { response } = register(clusterOf(2), { logDirs }, inSession)
    expect(response).toEqual({ errorCode: 0, brokerEpoch: 100 })
  })

  it('is no second process when it has the same incarnation', () => {
    const { response } = register(clusterOf(2), { incarnationId: directoryOf(101) }, inSession)
    expect(response).toEqual({ errorCode: 0, brokerEpoch: 10 })
  })
})

describe('a new incarnation', () => {
  const three = { replicas: [1, 2, 3], leaderEpoch: 5 }
  const partitions = [
    { ...three, isr: [1, 2, 3], leader: 1 },
    { ...three, isr: [2, 1], leader: 2 },
    { ...three, isr: [1], leader: 1 },
    { ...three, isr: [2, 3], leader: 2 },
    { ...three, isr: [2], leader: 2, eligibleLeaderReplicas: [1] },
  ]
  const image = withTopic(clusterOf(3), 'orders', TOPIC_ID, partitions)
  const statesOf = (after: MetadataImage) =>
    after.topics
      .byName('orders')
      ?.partitions.map(({ leader, leaderEpoch, isr, elr }) => [leader, leaderEpoch, isr, elr])

  it('is in no ISR with others and leads nothing, and its epoch is the offset of its record', () => {
    const { records, response, after } = register(image, { previousBrokerEpoch: 10 })
    expect(statesOf(after)).toEqual([
      [2, 6, [2, 3], []],
      [2, 5, [2], []],
      [-1, 6, [1], []],
      [2, 5, [2, 3], []],
      [2, 5, [2], [1]],
    ])
    expect(response.brokerEpoch).toBe(103)
    expect(records.map(({ type }) => type).indexOf('registerBroker')).toBe(3)
  })

  it('stays eligible after a clean stop, and is not after an unclean one', () => {
    const clean = register(withElr(image), { previousBrokerEpoch: 10 }).after
    expect(statesOf(clean)).toEqual([
      [2, 6, [2, 3], []],
      [2, 5, [2], [1]],
      [-1, 6, [], [1]],
      [2, 5, [2, 3], []],
      [2, 5, [2], [1]],
    ])
    for (const previousBrokerEpoch of [-1, 9]) {
      const unclean = register(withElr(image), { previousBrokerEpoch }).after
      expect(statesOf(unclean)).toEqual([
        [2, 6, [2, 3], []],
        [2, 5, [2], []],
        [-1, 6, [], []],
        [2, 5, [2, 3], []],
        [2, 5, [2], []],
      ])
      expect(unclean.topics.partition(TOPIC_ID, 2)?.lastKnownElr).toEqual([1])
    }
  })
})

describe('a broker that is alone', () => {
  const image = withTopic(clusterOf(1), 'orders', TOPIC_ID, [
    { leaderEpoch: 3 },
    { leaderEpoch: 6, leader: -1 },
  ])
  const epochs = (after: MetadataImage) =>
    after.topics
      .byName('orders')
      ?.partitions.map(({ leader, leaderEpoch }) => [leader, leaderEpoch])

  it('keeps what it leads over a clean stop, so that a restart writes one record', () => {
    const { records, after } = register(image, { previousBrokerEpoch: 10 })
    expect(records.map(({ type }) => type)).toEqual(['registerBroker'])
    expect(epochs(after)).toEqual([
      [1, 3],
      [-1, 6],
    ])
  })

  it('leads in new epochs after an unclean stop', () => {
    const { after } = register(image, { previousBrokerEpoch: -1 })
    expect(epochs(after)).toEqual([
      [1, 4],
      [-1, 6],
    ])
    expect(register(after).records).toHaveLength(1)
  })
})
