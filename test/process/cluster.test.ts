/** Three real processes: what is acknowledged stays, whoever dies; the switches of durability do what they say; an empty disk fills again. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { errorCodes } from '../../src/protocol/index.ts'
import { HighwaterCluster } from '../harness/cluster.ts'
import { projectRoot, runOk, temporaryFolder } from '../harness/processes.ts'
import { expectSameBytes } from '../harness/replicas.ts'
import { eventually } from '../harness/suite.ts'
import { ClusterClient } from './cluster-client.ts'

const ALL = [1, 2, 3]
const SHORT_MS = 1_500
let cluster: HighwaterCluster
let client: ClusterClient

beforeAll(async () => {
  cluster = await HighwaterCluster.create()
  await cluster.start()
  client = new ClusterClient(cluster)
})

afterAll(async () => {
  client.close()
  await cluster.stop()
})

/** A test that failed may have left nodes dead. */
beforeEach(async () => {
  for (const { id, isRunning } of cluster.nodes) if (!isRunning) await restart(id)
})

async function restart(id: number): Promise<void> {
  cluster.node(id).launch()
  await cluster.node(id).ready()
}

/** The same committed bytes on each of these nodes, as soon as its followers have them. */
async function expectReplicas(topic: string, ids: readonly number[], records: number) {
  const dirs = ids.map((id) => cluster.node(id).logDir)
  const bytes = await eventually('the same bytes', () =>
    expectSameBytes(dirs, `${topic}-0`, records),
  )
  expect(bytes).toBeGreaterThan(0)
}

function numbered(from: number, end: number): string[] {
  return Array.from({ length: end - from }, (_, index) => `record ${from + index}`)
}

describe('three nodes', () => {
  test('the leader dies: the next write is acknowledged, everything is there', async () => {
    await client.createTopic('mortal', { replicas: ALL })
    for (const value of numbered(0, 20)) await client.mustWrite('mortal', value)
    const { leader } = await client.state('mortal')
    await cluster.node(leader).kill()
    for (const value of numbered(20, 40)) await client.mustWrite('mortal', value)
    expect((await client.state('mortal')).leader).not.toBe(leader)
    expect(await client.read('mortal')).toEqual(numbered(0, 40))
    await restart(leader)
    await client.whenInSync('mortal', ALL)
    expect(await client.read('mortal')).toEqual(numbered(0, 40))
    await expectReplicas('mortal', ALL, 40)
  })

  test('min.insync.replicas refuses what too few would have, and takes what enough have', async () => {
    const configs = { 'min.insync.replicas': '3' }
    await client.createTopic('insync', { replicas: ALL, configs })
    await client.mustWrite('insync', 'with three')
    await cluster.node(3).kill()
    await client.whenInSync('insync', [1, 2])
    expect(await client.write('insync', 'refused')).toBe(errorCodes.NOT_ENOUGH_REPLICAS)
    await client.alterTopic('insync', 'min.insync.replicas', '2')
    await client.mustWrite('insync', 'with two')
    await client.alterTopic('insync', 'min.insync.replicas', '3')
    await eventually('the refusal again', async () =>
      (await client.write('insync', 'refused')) === errorCodes.NOT_ENOUGH_REPLICAS
        ? true
        : undefined,
    )
    await restart(3)
    await client.whenInSync('insync', ALL)
    await client.mustWrite('insync', 'with three again')
    const values = await client.read('insync')
    expect(values).toEqual(['with three', 'with two', 'with three again'])
  })

  test('one node alone acknowledges nothing; with a second it goes on', async () => {
    const configs = { 'min.insync.replicas': '2' }
    await client.createTopic('alone', { replicas: ALL, configs })
    await client.mustWrite('alone', 'before')
    await Promise.all([cluster.node(2).kill(), cluster.node(3).kill()])
    const code = await client.write('alone', 'lonely', SHORT_MS)
    expect([
      errorCodes.REQUEST_TIMED_OUT,
      errorCodes.NOT_ENOUGH_REPLICAS,
      errorCodes.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    ]).toContain(code)
    cluster.node(2).launch()
    cluster.node(3).launch()
    await Promise.all([cluster.node(2).ready(), cluster.node(3).ready()])
    await client.mustWrite('alone', 'after')
    await client.whenInSync('alone', ALL)
    const values = await client.read('alone')
    expect(values.filter((value) => value !== 'lonely')).toEqual(['before', 'after'])
    await expectReplicas('alone', ALL, values.length)
  })

  test('unclean.leader.election.enable: an old replica leads and forgets, or the partition waits', async () => {
    const replicas = [1, 2]
    const safe = { 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'false' }
    const unsafe = { ...safe, 'unclean.leader.election.enable': 'true' }
    await client.createTopic('clean', { replicas, configs: safe })
    await client.createTopic('unclean', { replicas, configs: unsafe })
    for (const topic of ['clean', 'unclean']) await client.mustWrite(topic, 'both have it')
    await cluster.node(2).kill()
    for (const topic of ['clean', 'unclean']) {
      await client.whenInSync(topic, [1])
      await client.mustWrite(topic, 'only one has it')
    }
    await cluster.node(1).kill()
    await restart(2)
    await client.whenInSync('unclean', [2])
    await client.mustWrite('unclean', 'the new history')
    expect(await client.read('unclean')).toEqual(['both have it', 'the new history'])
    expect((await client.state('clean')).leader).toBe(-1)
    await sleep(1000)
    expect((await client.state('clean')).leader).toBe(-1)
    await restart(1)
    for (const topic of ['clean', 'unclean']) await client.whenInSync(topic, replicas)
    expect(await client.read('clean')).toEqual(['both have it', 'only one has it'])
    expect(await client.read('unclean')).toEqual(['both have it', 'the new history'])
    for (const topic of ['clean', 'unclean']) await expectReplicas(topic, replicas, 2)
  })

  test('a node with an empty disk comes back and gets everything again', async () => {
    const { logDir } = cluster.node(2)
    const clusterId = /^cluster\.id=(.*)$/m.exec(
      readFileSync(join(logDir, 'meta.properties'), 'utf8'),
    )?.[1]
    await client.whenInSync('mortal', ALL)
    await cluster.node(2).stop()
    rmSync(logDir, { recursive: true })
    mkdirSync(logDir)
    const properties = [...cluster.node(2).properties].map(([key, value]) => `${key}=${value}\n`)
    const file = join(temporaryFolder('format'), 'server.properties')
    writeFileSync(file, properties.join(''))
    const main = join(projectRoot, 'src', 'cli', 'main.ts')
    const format = ['format', '--config', file, '--cluster-id', clusterId ?? '']
    await runOk(process.execPath, [main, ...format], { env: { NODE_OPTIONS: undefined } })
    await client.mustWrite('mortal', 'while it was away')
    await restart(2)
    await client.whenInSync('mortal', ALL)
    const values = [...numbered(0, 40), 'while it was away']
    await expectReplicas('mortal', ALL, values.length)
    await cluster.node(1).kill()
    await client.mustWrite('mortal', 'without the first')
    expect(await client.read('mortal')).toEqual([...values, 'without the first'])
    await restart(1)
    await client.whenInSync('mortal', ALL)
  })

  test('no process is left when they are stopped', async () => {
    await cluster.stop()
    for (const { child } of cluster.nodes) expect(() => process.kill(-child.pid, 0)).toThrow()
  })
})
