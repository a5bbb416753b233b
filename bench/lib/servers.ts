/** The servers under test, each a process of its own. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { nodeIo } from '../../src/io/index.ts'
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  MetadataRequest,
  MetadataResponse,
} from '../../src/protocol/index.ts'
import { NodeConnection } from '../../src/rpc/index.ts'
import { ApacheNode } from '../../test/harness/apache.ts'
import { Child, freePorts, projectRoot, temporaryFolder } from '../../test/harness/processes.ts'

export interface Server {
  readonly name: string
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** The built package, as `npx highwater start` runs it. */
export async function startHighwater(
  settings: Readonly<Record<string, string>> = {},
  dir?: string,
): Promise<Server> {
  const [port] = await freePorts(1)
  const logDir = dir ?? join(temporaryFolder('bench'), 'data')
  const child = new Child(process.execPath, [
    join(projectRoot, 'bin', 'highwater.cjs'),
    ...highwaterArgs(port as number, logDir, settings),
  ])
  await child.waitForOutput(/is ready/, 30_000)
  return {
    name: 'Highwater',
    port: port as number,
    pid: child.pid,
    stop: () => stopAndForget(child, dir === undefined ? logDir : null),
  }
}

export function highwaterArgs(
  port: number,
  logDir: string,
  settings: Readonly<Record<string, string>>,
): string[] {
  const all = {
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': logDir,
    'http.listener': '',
    'group.initial.rebalance.delay.ms': '0',
    ...settings,
  }
  return ['start', ...Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`])]
}

/** @param mode '' or '--echo' */
export async function startFloor(mode: '' | '--echo' = ''): Promise<Server> {
  const file = join(temporaryFolder('floor'), 'floor.log')
  const child = new Child(process.execPath, [
    join(projectRoot, 'bench', 'lib', 'floor-server.ts'),
    file,
    mode,
  ])
  await child.waitForOutput(/port \d+/, 30_000)
  const port = Number(/port (\d+)/.exec(child.stdout)?.[1])
  return {
    name: mode === '' ? 'floor' : 'echo',
    port,
    pid: child.pid,
    stop: () => stopAndForget(child, file),
  }
}

export async function startApache(
  settings: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const node = await ApacheNode.create(settings)
  await node.start()
  return {
    name: 'Apache Kafka',
    port: Number(node.bootstrap.split(':')[1]),
    pid: node.child.pid,
    async stop() {
      await node.stop()
      rmSync(node.logDir, { recursive: true, force: true })
    },
  }
}

async function stopAndForget(child: Child, path: string | null): Promise<void> {
  await child.stop()
  if (path !== null) rmSync(path, { recursive: true, force: true })
}

/** Makes a topic and waits until its partitions are led. */
export async function createTopic(
  port: number,
  name: string,
  numPartitions: number,
  configs: Readonly<Record<string, string>> = {},
): Promise<void> {
  const io = nodeIo()
  const node = await NodeConnection.connect({
    ...io,
    host: '127.0.0.1',
    port,
    clientId: 'bench',
    timeoutMs: 60_000,
  })
  try {
    const topic = {
      name,
      numPartitions,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }
    const { topics } = await node.send(CreateTopicsRequest, CreateTopicsResponse, {
      topics: [topic],
      timeoutMs: 60_000,
    })
    if (topics[0]?.errorCode !== 0)
      throw new Error(`create ${name}: error ${topics[0]?.errorCode} ${topics[0]?.errorMessage}`)
    for (let attempt = 0; attempt < 100; attempt++) {
      const metadata = await node.send(MetadataRequest, MetadataResponse, { topics: [{ name }] })
      if (
        metadata.topics[0]?.partitions.every(
          ({ leaderId, errorCode }) => leaderId >= 0 && errorCode === 0,
        ) === true
      )
        return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  } finally {
    node.close()
  }
}
