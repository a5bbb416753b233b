/** Replicas, leaderships and coordinators that move: reassignment with a throttle, elections, a node that goes and comes back. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, expectEqual } from '../clients/records.ts'
import { temporaryFolder } from '../harness/processes.ts'
import { eventually, type Suite } from '../harness/suite.ts'
import { nodeOf, restart, type Cluster } from './cluster-nodes.ts'
import { describePartitions, sorted } from './cluster-tools.ts'
import { columns, lines, type Tools } from './tools.ts'

const MOVED = 'moved'
/** Larger than what a follower gets in one answer, so that a throttle can hold the rest back. */
const MOVED_RECORDS = 8000
const SLOW_BYTES_PER_S = '10000'
const QUICK_BYTES_PER_S = '50000000'
const GROUP = ['--group', 'wandering']

/** Runs the checks. */
export async function movingChecks(suite: Suite, cluster: Cluster, tools: Tools): Promise<void> {
  await reassignmentCheck(suite, tools)
  await goneAndBackCheck(suite, cluster, tools)
}

async function reassignmentCheck(suite: Suite, tools: Tools): Promise<void> {
  const folder = temporaryFolder('reassignment')
  const file = (name: string, content: object): string => {
    const path = join(folder, name)
    writeFileSync(path, JSON.stringify({ version: 1, ...content }))
    return path
  }
  const placement = async (): Promise<string[]> =>
    (await describePartitions(tools, ['--topic', MOVED])).map(({ replicas }) => sorted(replicas))
  await suite.check('ReassignPartitionsCommand: generate, execute, cancel, verify', async () => {
    await tools.run('topics', ['--create', '--topic', MOVED, '--replica-assignment', '1:2,2:1'])
    const numbers = ['--num-records', String(MOVED_RECORDS), '--record-size', '1000']
    await tools.run('producerPerformance', ['--topic', MOVED, ...numbers, '--throughput', '-1'])
    const topics = file('topics.json', { topics: [{ topic: MOVED }] })
    const which = ['--topics-to-move-json-file', topics, '--broker-list', '2,3', '--generate']
    const generated = await tools.run('reassignments', which)
    const proposed = JSON.parse(lines(generated).at(-1) ?? '{}') as {
      partitions: Array<{ replicas: number[] }>
    }
    const targets = proposed.partitions.map(({ replicas }) => sorted(replicas))
    expectEqual('proposed', targets, ['2,3', '2,3'])
    const plan = ['--reassignment-json-file', file('plan.json', proposed)]

    await tools.run('reassignments', [...plan, '--execute', '--throttle', SLOW_BYTES_PER_S])
    const slow = await tools.run('reassignments', [...plan, '--verify'])
    expect('held back by the throttle', slow.includes('still in progress'), slow)
    const listed = await tools.run('reassignments', ['--list'])
    expect('listed', listed.includes(`${MOVED}-0: replicas:`), listed)
    const broker = ['--describe', '--entity-type', 'brokers', '--entity-name', '3']
    const throttled = await tools.run('configs', broker)
    const rate = `follower.replication.throttled.rate=${SLOW_BYTES_PER_S}`
    expect('its throttle', throttled.includes(rate), throttled)
    await tools.run('reassignments', [...plan, '--cancel'])
    expectEqual('as before', await placement(), ['1,2', '1,2'])
    const cancelled = await tools.run('configs', broker)
    expect('the throttle is gone', !cancelled.includes('throttled'), cancelled)

    await tools.run('reassignments', [...plan, '--execute', '--throttle', QUICK_BYTES_PER_S])
    await eventually('the end of the reassignment', async () => {
      const text = await tools.run('reassignments', [...plan, '--verify'])
      return lines(text).filter((line) => line.endsWith('is completed.')).length === 2
        ? text
        : undefined
    })
    expectEqual('moved', await placement(), ['2,3', '2,3'])
    const after = await tools.run('configs', broker)
    expect('no throttle is left', !after.includes('throttled'), after)
    const none = await tools.run('reassignments', ['--list'])
    expect('nothing moves', none.includes('No partition reassignments found'), none)
    const ends = lines(await tools.run('offsets', ['--topic', MOVED]))
    const sum = ends.reduce((total, line) => total + Number(line.split(':')[2]), 0)
    expectEqual('records', sum, MOVED_RECORDS)
  })
}

/** The node that coordinates the group stops: what is left without it, and what comes back with it. */
async function goneAndBackCheck(suite: Suite, cluster: Cluster, tools: Tools): Promise<void> {
  let id = 0
  const replicated = ['--topic', 'replicated']
  await suite.check('ConsumerGroupCommand: a group whose coordinator moved', async () => {
    const read = [...replicated, ...GROUP, '--from-beginning', '--max-messages', '1000']
    await tools.run('consoleConsumer', read)
    const before = await committed(tools)
    id = await coordinator(cluster, tools)
    await nodeOf(cluster, id).stop()
    const other = await eventually('another coordinator', async () => {
      const found = await coordinator(cluster, tools)
      return found === id ? undefined : found
    })
    suite.note(`from node ${id} to node ${other}`)
    expectEqual('the same offsets', await committed(tools), before)
    const rest = [...replicated, ...GROUP, '--max-messages', '2000']
    await tools.run('consoleConsumer', rest)
    const lags = (await committed(tools)).map((row) => row.split(' ').at(-1))
    expectEqual('all read', lags, Array(6).fill('0'))
  })
  await suite.check('TopicCommand and LeaderElectionCommand while a node is away', async () => {
    expect('a node is away', id > 0)
    const sick = await describePartitions(tools, ['--under-replicated-partitions', ...replicated])
    expectEqual('under-replicated', sick.length, 6)
    for (const { isr, leader } of sick) {
      expectEqual('in-sync replicas', sorted(isr), sorted([1, 2, 3].filter((it) => it !== id)))
      expect('another leads', leader !== id && leader > 0, leader)
    }
    const atMin = await describePartitions(tools, ['--at-min-isr-partitions', ...replicated])
    expectEqual('at min ISR', atMin.length, 6)
    const none = await tools.run('topics', ['--describe', '--unavailable-partitions'])
    expectEqual('unavailable', none, '')
    const orphan = sick.find(({ replicas }) => replicas[0] === id)?.partition ?? -1
    const one = [...replicated, '--partition', String(orphan)]
    const preferred = await tools.attempt('elections', ['--election-type', 'preferred', ...one])
    const said = `${preferred.stdout}${preferred.stderr}`
    expect('its leader is away', said.includes('PreferredLeaderNotAvailable'), said)
    const unclean = await tools.run('elections', ['--election-type', 'unclean', ...one])
    expect('unclean while one leads', unclean.includes('Valid replica already elected'), unclean)
  })
  await suite.check('LeaderElectionCommand: preferred leaders lead again', async () => {
    expect('a node is away', id > 0)
    await restart(nodeOf(cluster, id))
    await wellReplicated(tools)
    const all = ['--election-type', 'preferred', '--all-topic-partitions']
    const done = await tools.run('elections', all)
    expect('elected', done.includes('Successfully completed leader election (PREFERRED)'), done)
    await eventually('preferred leaders', async () => {
      const found = await describePartitions(tools, replicated)
      return found.every(({ leader, replicas }) => leader === replicas[0]) ? true : undefined
    })
    const one = [...replicated, '--partition', '0']
    const again = await tools.run('elections', ['--election-type', 'preferred', ...one])
    expect('nothing to do', again.includes('Valid replica already elected'), again)
  })
}

/** Waits until no partition lacks a replica. */
export async function wellReplicated(tools: Tools): Promise<void> {
  await eventually(
    'no under-replicated partition',
    async () => {
      const text = await tools.run('topics', ['--describe', '--under-replicated-partitions'])
      if (text.trim() === '') return true
      throw new Error(text)
    },
    60_000,
  )
}

/** Lines `partition offset end lag`, sorted. */
async function committed(tools: Tools): Promise<string[]> {
  const text = await tools.run('consumerGroups', ['--describe', ...GROUP, '--offsets'])
  const rows = lines(text).filter((line) => line.startsWith('wandering'))
  return rows.map((line) => line.trim().split(/\s+/).slice(2, 6).join(' ')).toSorted()
}

async function coordinator(cluster: Cluster, tools: Tools): Promise<number> {
  const text = await tools.run('consumerGroups', ['--describe', ...GROUP, '--state'])
  const address = columns(text, /^wandering/)[1] ?? ''
  const index = cluster.bootstrap.split(',').indexOf(address)
  if (index < 0) throw new Error(`the coordinator ${address} is not of ${cluster.bootstrap}`)
  return cluster.nodes[index]?.id ?? -1
}
