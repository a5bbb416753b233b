import { describe, expect, it } from 'vitest'
import { applyRecords, metadataRecord } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import type { BrokerRegistrationRequest } from '../protocol/index.ts'
import { beginControlledShutdown, registerBroker, unfenceBroker } from './brokers.ts'
import type { RequestOf } from './decision.ts'
import { CLUSTER_ID, clusterOf, contextOf, directoryOf, withTopic } from './harness.conformance.ts'

type Request = RequestOf<typeof BrokerRegistrationRequest>

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const listener = { name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }

function requestOf(overrides: Partial<Request> = {}): Request {
  return {
    brokerId: 1,
    clusterId: CLUSTER_ID,
    incarnationId: directoryOf(200),
    listeners: [listener],
    features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
    rack: 'r1',
    isMigratingZkBroker: false,
    logDirs: [directoryOf(1)],
    previousBrokerEpoch: -1,
    ...overrides,
  }
}

function register(image: MetadataImage, overrides: Partial<Request> = {}) {
  const { records, response } = registerBroker(image, requestOf(overrides), contextOf())
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
    ['no metadata.version', { features: [] }, 'UNSUPPORTED_VERSION'],
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

describe('leader epochs after a restart', () => {
  const image = withTopic(clusterOf(2), 'orders', TOPIC_ID, [
    { leaderEpoch: 3 },
    { leaderEpoch: 4, replicas: [2], isr: [2], leader: 2 },
    { leaderEpoch: 5, replicas: [1, 2], isr: [1, 2], leader: 1 },
    { leaderEpoch: 6, leader: -1 },
  ])
  const epochs = (after: MetadataImage) =>
    after.topics.byName('orders')?.partitions.map(({ leader, leaderEpoch, isr }) => {
      return [leader, leaderEpoch, isr]
    })

  it('stay after a clean stop, so that a restart writes one record', () => {
    const { records } = register(image, { previousBrokerEpoch: 10 })
    expect(records.map(({ type }) => type)).toEqual(['registerBroker'])
  })

  it('rise after an unclean stop where the broker alone is in sync', () => {
    for (const previousBrokerEpoch of [-1, 9]) {
      const { records, after } = register(image, { previousBrokerEpoch })
      expect(records).toHaveLength(2)
      expect(epochs(after)).toEqual([
        [1, 4, [1]],
        [2, 4, [2]],
        [1, 5, [1, 2]],
        [-1, 6, [1]],
      ])
    }
  })

  it('do not rise again when the same incarnation asks again', () => {
    const { after } = register(image)
    expect(register(after).records).toHaveLength(1)
  })
})

describe('unfenceBroker', () => {
  const fenced = register(clusterOf(0)).after

  it('makes the broker alive and gives it the partitions that wait for it', () => {
    const image = withTopic(fenced, 'orders', TOPIC_ID, [
      { leader: -1 },
      { leader: -1, isr: [], eligibleLeaderReplicas: [1] },
      { leader: -1, replicas: [2], isr: [2] },
    ])
    const { records, response } = unfenceBroker(image, 1, 100)
    const after = applyRecords(image, records)
    expect(response.errorCode).toBe(0)
    expect(after.cluster.isActive(1)).toBe(true)
    expect(after.topics.byName('orders')?.partitions.map(({ leader }) => leader)).toEqual([
      1, 1, -1,
    ])
  })

  it('writes nothing for a broker that is alive, and nothing for another incarnation', () => {
    expect(unfenceBroker(clusterOf(1), 1, 10)).toEqual({ records: [], response: { errorCode: 0 } })
    for (const [id, epoch] of [
      [1, 99],
      [2, 100],
    ] as const) {
      const { records, response } = unfenceBroker(fenced, id, epoch)
      expect(errorName(response.errorCode)).toBe('STALE_BROKER_EPOCH')
      expect(records).toEqual([])
    }
  })
})

describe('beginControlledShutdown', () => {
  it('takes the broker out of new placements and leaves its only copies where they are', () => {
    const image = withTopic(clusterOf(1), 'orders', TOPIC_ID, [{}])
    const { records } = beginControlledShutdown(image, 1, 10)
    const after = applyRecords(image, records)
    expect(after.cluster.isActive(1)).toBe(false)
    expect(after.topics.partition(TOPIC_ID, 0)?.leader).toBe(1)
    expect(beginControlledShutdown(after, 1, 10).records).toEqual([])
    expect(errorName(beginControlledShutdown(image, 1, 9).response.errorCode)).toBe(
      'STALE_BROKER_EPOCH',
    )
  })
})
