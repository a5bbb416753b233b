/**
 * A node as a user starts it, and everything that should not happen to it: other protocols on its port, clients that stand still, too many of
 * them, configurations that cannot be meant, places that are no log directories, a second process, a disk that fills up.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  errorCodes,
  FetchRequest,
  FetchResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
  ProduceRequest,
  ProduceResponse,
} from '../../src/protocol/index.ts'
import { buildBatch, readRecords, wholeBatches } from '../../src/records/index.ts'
import type { NodeConnection } from '../../src/rpc/index.ts'
import { connectTo, createTopics } from '../fuzz/good-client.ts'
import type { Settings } from '../harness/broker.ts'
import { HighwaterNode } from '../harness/highwater.ts'
import { Child, projectRoot, temporaryFolder } from '../harness/processes.ts'
import { eventually } from '../harness/suite.ts'

const MIB = 1024 * 1024
/** Programs of the system, where it has them. */
const [MOUNT, UNMOUNT] = ['mount', 'umount']

async function startNode(settings: Settings = {}, logDir?: string): Promise<HighwaterNode> {
  const node = await HighwaterNode.create({ settings, ...(logDir && { logDir }) })
  await node.start()
  return node
}

function portOf({ bootstrap }: HighwaterNode): number {
  return Number(bootstrap.split(':')[1])
}

/** A connection that is watched: what came, and whether it has ended. */
class Raw {
  readonly socket: Socket
  bytes = Buffer.alloc(0)
  isClosed = false
  readonly closed: Promise<void>

  constructor(node: HighwaterNode, localAddress = '127.0.0.1') {
    this.socket = connect({ port: portOf(node), host: '127.0.0.1', localAddress })
    this.socket.on('error', () => {}) // The node may reset what it will not read.
    this.socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk])
    })
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.isClosed = true
        resolve()
      })
    })
  }

  /** True when the connection is closed within the time. */
  async closesWithin(timeoutMs: number): Promise<boolean> {
    await Promise.race([this.closed, sleep(timeoutMs)])
    return this.isClosed
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

async function produce(client: NodeConnection, topic: string, id: string, value: Buffer) {
  const records = buildBatch([{ key: null, value, timestampMs: Date.now() }])
  const { responses } = await client.send(ProduceRequest, ProduceResponse, {
    acks: -1,
    timeoutMs: 10_000,
    topicData: [{ name: topic, topicId: id, partitionData: [{ index: 0, records }] }],
  })
  return responses[0]?.partitionResponses[0]
}

/** ListOffsets of the end of partition 0. */
async function endOf(client: NodeConnection, name: string): Promise<number> {
  const { topics } = await client.send(ListOffsetsRequest, ListOffsetsResponse, {
    replicaId: -1,
    topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  })
  expect(topics[0]?.partitions[0]?.errorCode).toBe(0)
  return topics[0]?.partitions[0]?.offset ?? -1
}

/** The values of partition 0, from the beginning to its end. */
async function consume(client: NodeConnection, topicId: string): Promise<string[]> {
  const values: string[] = []
  for (let fetchOffset = 0; ; fetchOffset = values.length) {
    const { responses } = await client.send(FetchRequest, FetchResponse, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [
        { topicId, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 4 * MIB }] },
      ],
    })
    const part = responses[0]?.partitions[0]
    expect(part?.errorCode).toBe(0)
    const bytes = part?.records ?? Buffer.alloc(0)
    const headers = [...wholeBatches(bytes)]
    if (headers.length === 0) return values
    for (const header of headers) {
      values.push(...readRecords(bytes, header).map(({ value }) => String(value?.subarray(0, 12))))
    }
  }
}

describe('on the Kafka port', () => {
  let node: HighwaterNode
  let client: NodeConnection
  const slow: Raw[] = []

  beforeAll(async () => {
    node = await startNode()
    client = await connectTo(portOf(node))
    // Frames that are begun and never ended: of the largest size, and of no size yet.
    for (let i = 0; i < 40; i++) {
      const raw = new Raw(node)
      raw.socket.write(i % 2 === 0 ? Buffer.concat([int32(100 * MIB), Buffer.alloc(30)]) : 'x')
      slow.push(raw)
    }
  })

  afterAll(async () => {
    client.close()
    await node.stop()
  })

  test.each([
    ['HTTP', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'Cannot serve HTTP here'],
    [
      'TLS',
      Buffer.from('160301020001000', 'hex').toString('latin1') + '\0'.repeat(200),
      'Cannot serve TLS here',
    ],
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', 'Cannot serve SSH here'],
    ['a negative length', int32(-1).toString('latin1'), 'Cannot read a frame of -1 bytes'],
    // Of one kind there is one line in ten seconds.
    ['2 GiB', int32(0x7fff_ffff).toString('latin1'), ''],
    ['a length of zero', int32(0).toString('latin1'), ''],
  ])('%s: closed without a byte, one line of log, others are served', async (name, text, says) => {
    const raw = new Raw(node)
    raw.socket.write(Buffer.from(text, 'latin1'))
    expect(await raw.closesWithin(5_000)).toBe(true)
    expect(raw.bytes).toHaveLength(0)
    if (says !== '') {
      await eventually('the line of log', () => node.child.stderr.includes(says) || undefined)
      expect(node.child.stderr.split(says)).toHaveLength(2)
    }
    expect(
      (
        await createTopics(client, [{ name: `beside ${name}`.replaceAll(' ', '-'), partitions: 1 }])
      )[0]?.id,
    ).toBeTruthy()
  })

  test('a hundred of one kind do not make a hundred lines of log', async () => {
    const all = Array.from({ length: 100 }, () => new Raw(node))
    for (const raw of all) raw.socket.write('PUT / HTTP/1.1\r\n\r\n')
    for (const raw of all) expect(await raw.closesWithin(5_000)).toBe(true)
    expect(node.child.stderr.split('Cannot serve HTTP here').length).toBeLessThan(5)
  })

  test('frames that never end: others are served meanwhile, and after half a minute they are closed', async () => {
    const [topic] = await createTopics(client, [{ name: 'beside', partitions: 1 }])
    for (let i = 0; i < 20; i++) {
      const answer = await produce(client, 'beside', topic?.id ?? '', Buffer.from(`value ${i}`))
      expect(answer?.errorCode).toBe(0)
    }
    // Memory follows the bytes that came, not the two gigabytes that were announced.
    expect(memoryOf(node)).toBeLessThan(400 * MIB)
    expect(slow.every(({ isClosed }) => !isClosed)).toBe(true)
    for (const raw of slow) expect(await raw.closesWithin(40_000)).toBe(true)
    expect((await consume(client, topic?.id ?? '')).length).toBe(20)
  })
})

/** Resident bytes; 0 where the system does not tell. */
function memoryOf({ child }: HighwaterNode): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })
  return Number(stdout.trim()) * 1024
}

describe('connections', () => {
  const TOLD = 'too many are open'
  let node: HighwaterNode

  beforeAll(async () => {
    node = await startNode({
      'max.connections': '6',
      'max.connections.per.ip': '4',
      'connections.max.idle.ms': '8000',
    })
  })
  afterAll(() => node.stop())

  test('of one address, and all together, are limited; who was there first stays', async () => {
    const here = await openAll(node, 6, '127.0.0.1')
    expect(here.map(({ isClosed }) => isClosed)).toEqual([false, false, false, false, true, true])
    expect(node.child.stderr).toContain(TOLD)
    const there = await openAll(node, 4, '127.0.0.2')
    expect(there.map(({ isClosed }) => isClosed)).toEqual([false, false, true, true])
    here[0]?.socket.destroy()
    await sleep(1_000)
    const [late] = await openAll(node, 1, '127.0.0.3')
    expect(late?.isClosed).toBe(false)
    for (const raw of [...here, ...there, late]) raw?.socket.destroy()
    await sleep(200)
  })

  test('on which nothing happens are closed; one that is used stays', async () => {
    const idle = new Raw(node)
    const client = await connectTo(portOf(node))
    const startedMs = performance.now()
    const using = setInterval(() => {
      client
        .send(ListOffsetsRequest, ListOffsetsResponse, { replicaId: -1, topics: [] })
        .catch(() => {})
    }, 300)
    expect(await idle.closesWithin(30_000)).toBe(true)
    expect(performance.now() - startedMs).toBeGreaterThan(7_900)
    clearInterval(using)
    const answer = await client.send(ListOffsetsRequest, ListOffsetsResponse, {
      replicaId: -1,
      topics: [],
    })
    expect(answer.topics).toEqual([])
    client.close()
  })

  /** One after another, so that it is known who came first. */
  async function openAll(to: HighwaterNode, count: number, localAddress: string): Promise<Raw[]> {
    const all: Raw[] = []
    for (let i = 0; i < count; i++) {
      const raw = new Raw(to, localAddress)
      all.push(raw)
      await raw.closesWithin(700)
    }
    return all
  }
})

describe('a start', () => {
  const main = join(projectRoot, 'src', 'cli', 'main.ts')
  const folder = temporaryFolder('hostile')
  const file = join(folder, 'a-file')
  writeFileSync(file, 'not a directory')

  /** Starts a node that must end by itself, soon. */
  async function start(settings: Settings): Promise<{ code: number | null; stderr: string }> {
    const all: Settings = {
      'log.dirs': join(folder, 'data'),
      listeners: 'PLAINTEXT://127.0.0.1:0',
      'http.listener': '',
      ...settings,
    }
    const args = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    const child = new Child(process.execPath, [main, 'start', ...args], {
      env: { NODE_OPTIONS: undefined },
    })
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
    const { code } = await child.ended
    clearTimeout(late)
    return { code, stderr: child.stderr }
  }

  test.each<[key: string, settings: Settings, says: string]>([
    ['min.insync.replica', { 'min.insync.replica': '2' }, 'did you mean min.insync.replicas'],
    ['log.flush.interval.msg', { 'log.flush.interval.msg': '1' }, 'no such key'],
    ['log.flush.before.ack', { 'log.flush.before.ack': 'maybe' }, "found 'maybe', wanted one of"],
    ['log.retention.ms', { 'log.retention.ms': 'soon' }, "found 'soon', wanted an integer"],
    ['http.listener', { 'http.listener': 'here' }, "found 'here', wanted host:port"],
    ['listeners', { listeners: 'PLAINTEXT://:x' }, 'wanted NAME://host:port'],
    [
      'listeners',
      {
        listeners: 'PLAINTEXT://127.0.0.1:9192,OTHER://127.0.0.1:9192',
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,OTHER:PLAINTEXT',
      },
      'another listener has port 9192',
    ],
    [
      'min.insync.replicas',
      { 'min.insync.replicas': '2', 'default.replication.factor': '1' },
      'at most default.replication.factor',
    ],
  ])('with a mistake in %s ends with 2 and says so: %j', async (key, settings, says) => {
    const { code, stderr } = await start(settings)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) })
    expect(stderr).toContain(`Cannot set ${key}:`)
    // Nothing was written by a start that could not be meant.
    expect(readdirSync(folder)).toEqual(['a-file'])
  })

  test.each([
    ['a file', file],
    ['below a file', join(file, 'data')],
    ...(process.platform === 'linux' ? [['where none can be', '/proc/nope']] : []),
  ])('on a log directory that is %s ends with 1 and names it', async (_what, path) => {
    const { code, stderr } = await start({ 'log.dirs': path })
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(path) })
  })

  test('on a directory that another process uses ends with 1, and the other one goes on', async () => {
    const node = await startNode()
    const { code, stderr } = await start({ 'log.dirs': node.logDir })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('another process'),
    })
    expect(stderr).toContain(node.logDir)
    const client = await connectTo(portOf(node))
    const [topic] = await createTopics(client, [{ name: 'mine', partitions: 1 }])
    expect((await produce(client, 'mine', topic?.id ?? '', Buffer.from('a')))?.errorCode).toBe(0)
    client.close()
    await node.stop()
  })
})

describe('a full disk', () => {
  const mounted = temporaryFolder('full')
  const filler = join(mounted, 'filler')
  let canMount = false

  beforeAll(() => {
    canMount = spawnSync(MOUNT, ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', mounted]).status === 0
    if (!canMount) {
      console.warn('SKIPPED: a full disk. This machine does not let us mount a small file system.')
    }
  })
  afterAll(() => {
    if (canMount) spawnSync(UNMOUNT, ['-l', mounted])
  })

  test('refuses writes by name, keeps what it acknowledged, and works again when there is room', async ({
    skip,
  }) => {
    if (!canMount) skip()
    mkdirSync(join(mounted, 'data'))
    writeFileSync(filler, Buffer.alloc(12 * MIB))
    const node = await startNode({}, join(mounted, 'data'))
    let client = await connectTo(portOf(node))
    const configs = { 'segment.bytes': String(MIB) }
    const [topic] = await createTopics(client, [{ name: 'full', partitions: 1, configs }])
    const id = topic?.id ?? ''
    const acknowledged: string[] = []
    let refused = 0
    const write = async (): Promise<number> => {
      const value = Buffer.alloc(100_000, `value ${acknowledged.length}`.padEnd(12, '.'))
      const answer = await produce(client, 'full', id, value)
      if (answer?.errorCode === 0) acknowledged.push(value.toString('utf8', 0, 12))
      return answer?.errorCode ?? -1
    }
    for (let i = 0; i < 300 && refused < 20; i++) {
      const errorCode = await write()
      if (errorCode === 0) continue
      expect(errorCode).toBe(errorCodes.KAFKA_STORAGE_ERROR)
      refused += 1
    }
    expect(refused).toBe(20)
    expect(acknowledged.length).toBeGreaterThan(20)
    expect(await consume(client, id)).toEqual(acknowledged)

    rmSync(filler)
    expect(await write()).toBe(0)
    expect(await consume(client, id)).toEqual(acknowledged)

    // Full once more, and killed there: it starts again when there is room.
    for (let i = 0; i < 300; i++) if ((await write()) !== 0) break
    client.close()
    await node.kill()
    for (const name of readdirSync(join(mounted, 'data', 'full-0')).filter((it) =>
      it.endsWith('.deleted'),
    )) {
      rmSync(join(mounted, 'data', 'full-0', name))
    }
    spawnSync(MOUNT, ['-o', 'remount,size=64m', mounted])
    await node.start()
    client = await connectTo(portOf(node))
    expect(await endOf(client, 'full')).toBe(acknowledged.length)
    expect(await consume(client, id)).toEqual(acknowledged)
    expect(await write()).toBe(0)
    expect(await consume(client, id)).toEqual(acknowledged)
    client.close()
    await node.stop()
  })
})
