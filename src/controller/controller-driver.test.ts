import { describe, expect, it } from 'vitest'
import { Prng } from '../base/index.ts'
import { BrokerSettings, metadataRecord } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import { QuorumError } from '../quorum/index.ts'
import { Controller } from './controller-driver.ts'
import { FakeQuorum } from './fake-quorum.conformance.ts'
import { CLUSTER_ID, directoryOf, ManualClock } from './harness.conformance.ts'

const info = { apiVersion: 7, principal: 'User:ANONYMOUS' }

async function active(config: Readonly<Record<string, string>> = {}) {
  const prng = new Prng(1)
  const quorum = new FakeQuorum()
  const lines: string[] = []
  const deps = {
    clock: new ManualClock(),
    entropy: { random: () => prng.float(), randomBytes: (size: number) => prng.bytes(size) },
    telemetry: {
      log: (_level: string, _event: string, message: string) => void lines.push(message),
      metrics: { register: () => () => undefined, all: () => [] },
    },
  }
  const controller = new Controller(deps, quorum, quorum.loader, {
    clusterId: CLUSTER_ID,
    nodeId: 1,
    broker: new BrokerSettings(new Map(Object.entries(config))),
    bootstrap: [metadataRecord('featureLevel', { name: 'metadata.version', featureLevel: 30 })],
  })
  controller.lead(1)
  const registration = await controller.registerBroker({
    brokerId: 1,
    clusterId: CLUSTER_ID,
    incarnationId: directoryOf(100),
    listeners: [],
    features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
    rack: null,
    isMigratingZkBroker: false,
    logDirs: [directoryOf(1)],
    previousBrokerEpoch: -1,
  })
  const brokerEpoch = registration.brokerEpoch ?? -1
  await controller.brokerHeartbeat({
    brokerId: 1,
    brokerEpoch,
    currentMetadataOffset: brokerEpoch,
    wantFence: false,
    wantShutDown: false,
    offlineLogDirs: [],
    cordonedLogDirs: null,
  })
  return { controller, quorum, lines, brokerEpoch }
}

function creation(name: string, numPartitions = 1) {
  const topic = { name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }
  return { topics: [topic], timeoutMs: 0, validateOnly: false }
}

function codesOf(response: { readonly topics: ReadonlyArray<{ readonly errorCode: number }> }) {
  return response.topics.map(({ errorCode }) => errorName(errorCode))
}

describe('Controller', () => {
  it('gives a broker the offset of its own record as its epoch', async () => {
    const { quorum, brokerEpoch } = await active()
    expect(brokerEpoch).toBe(8) // 5 begin, 6 level, 7 end
    expect(quorum.loader.image.cluster.broker(1)?.epoch).toBe(8)
  })

  it('answers only when the broker can see the result', async () => {
    const { controller, quorum } = await active()
    quorum.commitsAtOnce = false
    let isAnswered = false
    const answer = controller.createTopics(creation('a'), info).then((response) => {
      isAnswered = true
      expect(quorum.loader.image.topics.byName('a')).toBeDefined()
      return response
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isAnswered).toBe(false)
    quorum.commit()
    expect(codesOf(await answer)).toEqual(['NONE'])
  })

  it('decides on what was decided before, and refuses only when that is committed', async () => {
    const { controller, quorum } = await active()
    quorum.commitsAtOnce = false
    const answered: string[] = []
    const first = controller.createTopics(creation('a'), info)
    const second = controller.createTopics(creation('a'), info)
    void first.then(() => answered.push('first'))
    void second.then(() => answered.push('second'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(answered).toEqual([])
    expect(quorum.batches).toHaveLength(4)
    quorum.commit()
    expect(codesOf(await first)).toEqual(['NONE'])
    expect(codesOf(await second)).toEqual(['TOPIC_ALREADY_EXISTS'])
  })

  it('takes back a name that was deleted before that is committed', async () => {
    const { controller, quorum } = await active()
    quorum.commitsAtOnce = false
    const request = { topicNames: ['a'], topics: [], timeoutMs: 0 }
    const answers = Promise.all([
      controller.createTopics(creation('a', 3), info),
      controller.deleteTopics(request, info),
      controller.createTopics(creation('a', 2), info),
    ])
    quorum.commit()
    const [first, deleted, second] = await answers
    expect(codesOf(first)).toEqual(['NONE'])
    expect(deleted.responses.map(({ errorCode }) => errorCode)).toEqual([0])
    expect(codesOf(second)).toEqual(['NONE'])
    const { topics } = quorum.loader.image
    expect(topics.size).toBe(1)
    expect(topics.byName('a')?.id).toBe(second.topics[0]?.topicId)
  })

  it('answers a full disk and too large a request with an error, and forgets the decision', async () => {
    const { controller, quorum } = await active()
    for (const [code, name] of [
      ['NO_SPACE', 'KAFKA_STORAGE_ERROR'],
      ['TOO_LARGE', 'POLICY_VIOLATION'],
    ] as const) {
      quorum.refuse = new QuorumError(code, code)
      expect(codesOf(await controller.createTopics(creation('a'), info))).toEqual([name])
    }
    quorum.refuse = null
    expect(codesOf(await controller.createTopics(creation('a'), info))).toEqual(['NONE'])
  })

  it('fails with the quorum', async () => {
    const { controller, quorum } = await active()
    quorum.refuse = new QuorumError('LOG_DIR_FAILED', 'gone')
    await expect(controller.createTopics(creation('a'), info)).rejects.toThrow('gone')
  })

  it('writes a registration after an unclean stop in several batches', async () => {
    const { controller, quorum } = await active()
    await controller.createTopics(creation('a', 6000), info)
    const before = quorum.batches.length
    const { brokerEpoch = -1 } = await controller.registerBroker({
      brokerId: 1,
      clusterId: CLUSTER_ID,
      incarnationId: directoryOf(101),
      listeners: [],
      features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
      rack: null,
      isMigratingZkBroker: false,
      logDirs: [directoryOf(1)],
      previousBrokerEpoch: -1,
    })
    expect(quorum.batches.length - before).toBe(2)
    expect(quorum.loader.image.topics.byName('a')?.partitions[5999]?.leaderEpoch).toBe(1)
    expect(quorum.loader.image.cluster.broker(1)?.epoch).toBe(brokerEpoch)
  })

  it('uses what was set through the cluster over the configuration file', async () => {
    const { controller } = await active({ 'compression.type': 'gzip' })
    const compressionOf = async (name: string) => {
      const { topics } = await controller.createTopics(creation(name), info)
      return topics[0]?.configs?.find((config) => config.name === 'compression.type')?.value
    }
    expect(await compressionOf('a')).toBe('gzip')
    const configs = [{ name: 'compression.type', configOperation: 0, value: 'lz4' }]
    const resources = [{ resourceType: 4, resourceName: '', configs }]
    await controller.incrementalAlterConfigs({ resources, validateOnly: false }, info)
    expect(await compressionOf('b')).toBe('lz4')
  })

  it('says who changed what', async () => {
    const { controller, lines } = await active()
    await controller.createTopics(creation('a'), info)
    expect(lines.at(-1)).toBe('Wrote 2 metadata record(s) for CreateTopics by User:ANONYMOUS')
  })

  it('gives producer ids', async () => {
    const { controller, brokerEpoch } = await active()
    const request = { brokerId: 1, brokerEpoch }
    expect(await controller.allocateProducerIds(request)).toMatchObject({ producerIdStart: 0 })
    expect(await controller.allocateProducerIds(request)).toMatchObject({ producerIdStart: 1000 })
  })
})

describe('ensureTopic', () => {
  it('creates the offsets topic in its own shape, once', async () => {
    const config = { 'offsets.topic.replication.factor': '1', 'offsets.topic.num.partitions': '7' }
    const { controller, quorum } = await active(config)
    const name = '__consumer_offsets'
    const codes = await Promise.all([controller.ensureTopic(name), controller.ensureTopic(name)])
    expect(codes).toEqual([0, 0])
    const { image } = quorum.loader
    expect(image.topics.byName(name)?.partitions).toHaveLength(7)
    expect(Object.fromEntries(image.configs.ofTopic(name))).toEqual({
      'cleanup.policy': 'compact',
      'compression.type': 'producer',
      'segment.bytes': '104857600',
    })
  })

  it('creates other topics with the defaults of the broker, and answers with the error', async () => {
    const { controller, quorum } = await active({ 'num.partitions': '3' })
    expect(await controller.ensureTopic('orders')).toBe(0)
    expect(quorum.loader.image.topics.byName('orders')?.partitions).toHaveLength(3)
    expect(errorName(await controller.ensureTopic('a/b'))).toBe('INVALID_TOPIC_EXCEPTION')
    expect(errorName(await controller.ensureTopic('__consumer_offsets'))).toBe(
      'INVALID_REPLICATION_FACTOR',
    )
  })
})
