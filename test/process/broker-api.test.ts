/**
 * What a node answers, API by API, where Apache Kafka 4.3 has an opinion: error codes, sentinels, what waits and what does not. One describe per
 * API; a node in this process, spoken to over TCP.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { INT32_MIN, ZERO_UUID } from '../../src/base/index.ts'
import { nodeIo } from '../../src/io/index.ts'
import { fromCommandLine, startNode } from '../../src/node/index.ts'
import type { RunningNode } from '../../src/node/index.ts'
import {
  ApiVersionsRequest,
  ApiVersionsResponse,
  CreateTopicsRequest,
  CreateTopicsResponse,
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  DescribeClusterRequest,
  DescribeClusterResponse,
  DescribeConfigsRequest,
  DescribeConfigsResponse,
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
  errorCodes,
  FetchRequest,
  FetchResponse,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
  MetadataRequest,
  MetadataResponse,
  ProduceRequest,
  ProduceResponse,
} from '../../src/protocol/index.ts'
import { buildBatch } from '../../src/records/index.ts'
import type { BatchOptions } from '../../src/records/index.ts'
import { NodeConnection } from '../../src/rpc/index.ts'

/** Each node has its own metrics. */
const quietIo = () => nodeIo({ telemetry: { level: 'error' } })
const io = quietIo()
const UNKNOWN_ID = 'AAAAAAAAQACAAAAAAACrzQ'
let dir: string
let node: RunningNode
let client: NodeConnection

function settings(logDir: string, extra: readonly string[] = []) {
  const all = [
    `log.dirs=${logDir}`,
    'http.listener=',
    'listeners=PLAINTEXT://127.0.0.1:0',
    'max.request.partition.size.limit=4',
    ...extra,
  ]
  return [fromCommandLine(all)]
}

function connect({ kafka }: RunningNode): Promise<NodeConnection> {
  return NodeConnection.connect({
    network: io.network,
    clock: io.clock,
    host: '127.0.0.1',
    port: kafka[0]?.port ?? 0,
    clientId: 'test',
    timeoutMs: 20_000,
  })
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'highwater-api-'))
  node = await startNode(io, settings(dir))
  client = await connect(node)
})

afterAll(async () => {
  client.close()
  await node.stop()
  rmSync(dir, { recursive: true })
})

/** Makes a topic; its id. */
async function createTopic(name: string, numPartitions = 1): Promise<string> {
  const topic = { name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }
  const { topics } = await client.send(CreateTopicsRequest, CreateTopicsResponse, {
    topics: [topic],
    timeoutMs: 5_000,
  })
  expect(topics[0]?.errorCode).toBe(0)
  return topics[0]?.topicId ?? ''
}

function batchOf(values: readonly string[], options: BatchOptions = {}): Buffer {
  const records = values.map((value) => ({ key: null, value: Buffer.from(value) }))
  return buildBatch(records, { timestampMs: Date.now(), ...options })
}

interface Produced {
  readonly records: Buffer
  readonly transactionalId?: string
}

/** The answer for partition 0. */
async function produce(name: string, { records, transactionalId }: Produced) {
  const { responses } = await client.send(
    ProduceRequest,
    ProduceResponse,
    {
      ...(transactionalId === undefined ? {} : { transactionalId }),
      acks: -1,
      timeoutMs: 5_000,
      topicData: [{ name, partitionData: [{ index: 0, records }] }],
    },
    { version: 12 },
  )
  return responses[0]?.partitionResponses[0]
}

describe('ApiVersions', () => {
  test('names no feature of which nothing is served', async () => {
    const draft = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
    const { supportedFeatures } = await client.send(ApiVersionsRequest, ApiVersionsResponse, draft)
    expect(supportedFeatures.map(({ name }) => name)).toContain('metadata.version')
    expect(supportedFeatures.every(({ maxVersion }) => maxVersion > 0)).toBe(true)
  })
})

describe('Produce', () => {
  test('takes nothing that belongs to a transaction, so that readers of committed records never wait for its end', async () => {
    await createTopic('produce-txn')
    const records = batchOf(['a'], {
      producerId: 7,
      producerEpoch: 0,
      baseSequence: 0,
      transactional: true,
    })
    const known = await produce('produce-txn', { records, transactionalId: 'tx' })
    expect(known?.errorCode).toBe(errorCodes.INVALID_PRODUCER_ID_MAPPING)
    const unnamed = await produce('produce-txn', { records })
    expect(unnamed?.errorCode).toBe(errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    expect((await produce('produce-txn', { records: batchOf(['b']) }))?.baseOffset).toBe(0)
  })

  test('a topic id of zero names no topic', async () => {
    const { responses } = await client.send(
      ProduceRequest,
      ProduceResponse,
      {
        acks: 1,
        timeoutMs: 5_000,
        topicData: [{ topicId: ZERO_UUID, partitionData: [{ index: 0, records: batchOf(['a']) }] }],
      },
      { version: 13 },
    )
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_ID)
  })
})

interface Fetched {
  readonly topicId: string
  readonly partition?: number
}

function fetchDraft(targets: readonly Fetched[], maxWaitMs: number) {
  return {
    maxWaitMs,
    minBytes: 1,
    topics: targets.map(({ topicId, partition = 0 }) => ({
      topicId,
      partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1024 }],
    })),
  }
}

describe('Fetch', () => {
  test('a topic that does not exist hurries nobody while others can be read', async () => {
    const topicId = await createTopic('fetch-wait')
    const startedMs = performance.now()
    const { responses } = await client.send(
      FetchRequest,
      FetchResponse,
      fetchDraft([{ topicId: UNKNOWN_ID }, { topicId }], 300),
    )
    expect(performance.now() - startedMs).toBeGreaterThan(250)
    const codes = responses.map(({ partitions }) => partitions[0]?.errorCode)
    expect(codes).toEqual([errorCodes.UNKNOWN_TOPIC_ID, 0])
  })

  test('with nothing that can be read it answers at once', async () => {
    const startedMs = performance.now()
    for (const topicId of [UNKNOWN_ID, ZERO_UUID]) {
      const { responses } = await client.send(
        FetchRequest,
        FetchResponse,
        fetchDraft([{ topicId }], 10_000),
      )
      expect(responses[0]?.partitions[0]?.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_ID)
    }
    expect(performance.now() - startedMs).toBeLessThan(5_000)
  })

  test('a fetch that waits hears of the deletion of its topic', async () => {
    const topicId = await createTopic('fetch-deleted')
    const other = await connect(node)
    const waiting = other.send(FetchRequest, FetchResponse, fetchDraft([{ topicId }], 15_000))
    await client.send(FetchRequest, FetchResponse, fetchDraft([{ topicId }], 50))
    await client.send(DeleteTopicsRequest, DeleteTopicsResponse, {
      topics: [{ name: null, topicId }],
      timeoutMs: 5_000,
    })
    const { responses } = await waiting
    expect(responses[0]?.partitions[0]?.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_ID)
    other.close()
  })
})

describe('ListOffsets', () => {
  test.each([
    [-1, 1],
    [-2, 1],
    [-3, 7],
    [-4, 8],
    [-5, 9],
    [-6, 11],
    [-7, 12],
  ])('the timestamp %i is known from version %i on', async (timestamp, since) => {
    const name = `list${timestamp}`
    await createTopic(name)
    for (let version = 1; version <= 11; version++) {
      const { topics } = await client.send(
        ListOffsetsRequest,
        ListOffsetsResponse,
        { replicaId: -1, topics: [{ name, partitions: [{ partitionIndex: 0, timestamp }] }] },
        { version },
      )
      const wanted = version < since ? errorCodes.UNSUPPORTED_VERSION : 0
      expect(topics[0]?.partitions[0]?.errorCode).toBe(wanted)
    }
  })
})

describe('Metadata', () => {
  test('says what the client may do only when it asks', async () => {
    await createTopic('metadata-operations')
    const ask = (isAsking: boolean) =>
      client.send(
        MetadataRequest,
        MetadataResponse,
        {
          topics: [{ name: 'metadata-operations' }, { name: 'metadata-unknown' }],
          allowAutoTopicCreation: false,
          includeTopicAuthorizedOperations: isAsking,
          includeClusterAuthorizedOperations: isAsking,
        },
        { version: 8 },
      )
    const told = await ask(true)
    expect(told.clusterAuthorizedOperations).toBe(8096)
    expect(told.topics.map((topic) => topic.topicAuthorizedOperations)).toEqual([3576, 3576])
    const untold = await ask(false)
    expect(untold.clusterAuthorizedOperations).toBe(INT32_MIN)
    expect(untold.topics.map((topic) => topic.topicAuthorizedOperations)).toEqual([
      INT32_MIN,
      INT32_MIN,
    ])
  })

  test('an illegal name is an invalid topic, also where nothing may be created', async () => {
    for (const allowAutoTopicCreation of [true, false]) {
      const { topics } = await client.send(MetadataRequest, MetadataResponse, {
        topics: ['a b', '', '..', 'x'.repeat(250)].map((name) => ({ name })),
        allowAutoTopicCreation,
      })
      expect(topics.map(({ errorCode }) => errorCode)).toEqual(
        topics.map(() => errorCodes.INVALID_TOPIC_EXCEPTION),
      )
    }
  })

  test('names each topic once', async () => {
    await createTopic('metadata-once')
    const { topics } = await client.send(MetadataRequest, MetadataResponse, {
      topics: [{ name: 'metadata-once' }, { name: 'metadata-once' }],
      allowAutoTopicCreation: false,
    })
    expect(topics).toHaveLength(1)
  })

  test.each([10, 11])('version %i takes no topic ids', async (version) => {
    const topicId = await createTopic(`metadata-id-${version}`)
    const asked = [{ name: null, topicId }, { name: null, topicId: UNKNOWN_ID }, { name: null }]
    for (const topic of asked) {
      const { topics } = await client.send(
        MetadataRequest,
        MetadataResponse,
        { topics: [topic], allowAutoTopicCreation: true },
        { version },
      )
      expect(topics[0]?.errorCode).toBe(errorCodes.INVALID_REQUEST)
    }
  })
})

describe('DescribeConfigs', () => {
  test('tells an illegal topic name from an unknown topic', async () => {
    const { results } = await client.send(DescribeConfigsRequest, DescribeConfigsResponse, {
      resources: ['', 'a b', 'configs-unknown'].map((resourceName) => ({
        resourceType: 2,
        resourceName,
        configurationKeys: null,
      })),
    })
    expect(results.map(({ errorCode }) => errorCode)).toEqual([
      errorCodes.INVALID_TOPIC_EXCEPTION,
      errorCodes.INVALID_TOPIC_EXCEPTION,
      errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    ])
  })
})

describe('DescribeLogDirs', () => {
  test('leaves out what was not asked for and what does not exist', async () => {
    await createTopic('dirs', 2)
    await produce('dirs', { records: batchOf(['a']) })
    const { results } = await client.send(DescribeLogDirsRequest, DescribeLogDirsResponse, {
      topics: [
        { topic: 'dirs', partitions: [0, 9] },
        { topic: 'dirs-unknown', partitions: [0] },
      ],
    })
    expect(results).toHaveLength(1)
    const [partition, ...others] = results[0]?.topics[0]?.partitions ?? []
    expect(partition).toMatchObject({ partitionIndex: 0, offsetLag: 0, isFutureKey: false })
    expect(partition?.partitionSize).toBeGreaterThan(61)
    expect([others, results[0]?.topics.length]).toEqual([[], 1])
  })
})

describe('DescribeCluster', () => {
  test('answers for brokers, with what the client may do if it asks', async () => {
    const ask = (draft: { endpointType?: number; includeClusterAuthorizedOperations: boolean }) =>
      client.send(DescribeClusterRequest, DescribeClusterResponse, draft)
    const told = await ask({ includeClusterAuthorizedOperations: true })
    expect([told.errorCode, told.clusterAuthorizedOperations]).toEqual([0, 8096])
    const untold = await ask({ includeClusterAuthorizedOperations: false })
    expect(untold.clusterAuthorizedOperations).toBe(INT32_MIN)
    for (const [endpointType, errorCode] of [
      [2, errorCodes.MISMATCHED_ENDPOINT_TYPE],
      [7, errorCodes.UNSUPPORTED_ENDPOINT_TYPE],
    ] as const) {
      const refused = await ask({ endpointType, includeClusterAuthorizedOperations: false })
      expect(refused.errorCode).toBe(errorCode)
    }
  })
})

describe('DescribeTopicPartitions', () => {
  interface Page {
    readonly topics: readonly string[]
    readonly limit?: number
    readonly cursor?: { readonly topicName: string; readonly partitionIndex: number } | null
  }
  async function page({ topics, limit, cursor = null }: Page) {
    const answer = await client.send(
      DescribeTopicPartitionsRequest,
      DescribeTopicPartitionsResponse,
      {
        topics: topics.map((name) => ({ name })),
        ...(limit === undefined ? {} : { responsePartitionLimit: limit }),
        cursor,
      },
    )
    const found = answer.topics.map(({ name, errorCode, partitions }) => [
      name,
      errorCode,
      partitions.length,
    ])
    return { found, next: answer.nextCursor, topics: answer.topics }
  }

  test('a full page ends before the next topic, whether that exists or not', async () => {
    await createTopic('pages-b', 3)
    const asked = ['pages-a', 'pages-b', 'pages-c']
    const first = await page({ topics: asked, limit: 3 })
    const unknown = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    expect(first.found).toEqual([
      ['pages-a', unknown, 0],
      ['pages-b', 0, 3],
    ])
    expect(first.next).toEqual({ topicName: 'pages-c', partitionIndex: 0 })
    const second = await page({ topics: asked, limit: 3, cursor: first.next })
    expect([second.found, second.next]).toEqual([[['pages-c', unknown, 0]], null])
  })

  test('the configured limit counts, and the client hears what it may do', async () => {
    await createTopic('pages-d', 6)
    const { found, next, topics } = await page({ topics: ['pages-d'] })
    expect(found).toEqual([['pages-d', 0, 4]])
    expect(next).toEqual({ topicName: 'pages-d', partitionIndex: 4 })
    expect(topics[0]?.topicAuthorizedOperations).toBe(3576)
  })

  test('refuses a cursor outside of what is asked for', async () => {
    await createTopic('pages-e')
    const refused = [['pages-e', errorCodes.INVALID_REQUEST, 0]]
    for (const cursor of [
      { topicName: 'pages-x', partitionIndex: 0 },
      { topicName: 'pages-e', partitionIndex: -1 },
    ]) {
      expect((await page({ topics: ['pages-e'], cursor })).found).toEqual(refused)
    }
  })
})

describe('connections', () => {
  const per = (name: string, value: string) =>
    client.send(IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, {
      resources: [
        {
          resourceType: 4,
          resourceName: '',
          configs: [{ name, configOperation: 0, value }],
        },
      ],
      validateOnly: false,
    })

  test.each([
    ['max.connections', '1', '8192'],
    ['max.connections.per.ip', '1', '1024'],
    ['max.connections.per.ip.overrides', '[::1]:9,127.0.0.1:1', ''],
  ])('%s counts from its change on', async (name, few, many) => {
    await per(name, few)
    await expect(connect(node)).rejects.toThrow()
    await per(name, many)
    const other = await connect(node)
    other.close()
  })
})

describe('a node that cannot start', () => {
  test('lets go of everything, so that the next start finds it free', async () => {
    const busy = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => busy.once('listening', resolve))
    const { port } = busy.address() as AddressInfo
    const home = mkdtempSync(join(tmpdir(), 'highwater-api-'))
    for (const taken of [
      `http.listener=127.0.0.1:${port}`,
      `listeners=PLAINTEXT://127.0.0.1:0,SECOND://127.0.0.1:${port}`,
    ]) {
      const map = 'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SECOND:PLAINTEXT'
      await expect(startNode(quietIo(), settings(home, [taken, map]))).rejects.toThrow(/EADDRINUSE/)
    }
    const started = await startNode(quietIo(), settings(home))
    await started.stop()
    busy.close()
    rmSync(home, { recursive: true })
  })
})
