/** An application on Apache Kafka's Java client, of which every node of the cluster is restarted and killed in turn: nothing reaches it. */
import { join } from 'node:path'

import { expectEqual } from '../clients/records.ts'
import { startJavaTool } from '../harness/apache.ts'
import type { Child } from '../harness/processes.ts'
import { eventually, type Suite } from '../harness/suite.ts'
import { wellReplicated } from './cluster-moves.ts'
import { restart, type Cluster, type Node } from './cluster-nodes.ts'
import { lines, type Tools } from './tools.ts'

const TOPIC = 'survivor'
const PARTITIONS = 6
const RECORDS_PER_S = 600
const IN_TURN_MS = 400_000
const program = join(import.meta.dirname, 'ClusterClient.java')

/** Runs the checks. */
export async function survivalCheck(suite: Suite, cluster: Cluster, tools: Tools): Promise<void> {
  const create = ['--create', '--topic', TOPIC, '--partitions', String(PARTITIONS)]
  const created = await suite.attempt('a topic of three replicas', async () => {
    await tools.run('topics', [...create, '--replication-factor', '3'])
  })
  if (!created) return
  const group = `${TOPIC}-group`
  const numbers = [String(PARTITIONS), group, String(RECORDS_PER_S)]
  const child = startJavaTool(program, [cluster.bootstrap, TOPIC, ...numbers])
  const inTurn = async (down: (node: Node) => Promise<void>): Promise<void> => {
    await flows(child)
    for (const node of cluster.nodes) {
      await down(node)
      await flows(child)
      await restart(node)
      await wellReplicated(tools)
    }
  }
  const rolling = 'Java producer and group: a rolling restart'
  await suite.check(rolling, () => inTurn((node) => node.stop()), IN_TURN_MS)
  const killing = 'Java producer and group: kill -9 of each node'
  await suite.check(killing, () => inTurn((node) => node.kill()), IN_TURN_MS)
  await suite.check(
    'no error reached the application, every record once and in order',
    async () => {
      child.write('finish\n')
      await child.waitForOutput(/^finished$/m, 90_000)
      const problems = lines(child.stdout).filter((line) => line.startsWith('problem: '))
      expectEqual('problems', problems.slice(0, 20), [])
      const { acknowledged } = progressOf(child)
      const ends = lines(await tools.run('offsets', ['--topic', TOPIC]))
      const sum = ends.reduce((total, line) => total + Number(line.split(':')[2]), 0)
      expectEqual('records in the logs', sum, acknowledged)
      const gap = /longest gap ms: (\d+)/.exec(child.stdout)?.[1]
      suite.note(`${acknowledged} records, at most ${gap} ms without an acknowledgement`)
    },
  )
  await child.stop()
}

interface Progress {
  readonly acknowledged: number
  readonly consumed: number
  readonly problems: number
}

function progressOf(child: Child): Progress {
  const found = [...child.stdout.matchAll(/^acknowledged (\d+) consumed (\d+) problems (\d+)$/gm)]
  const [acknowledged = 0, consumed = 0, problems = 0] = (found.at(-1) ?? []).slice(1).map(Number)
  return { acknowledged, consumed, problems }
}

/** Waits until the application has written and read on: what it wrote before this moment, and some more. */
async function flows(child: Child): Promise<void> {
  const before = progressOf(child)
  await eventually(
    'records that are acknowledged and read',
    () => {
      if (!child.running) throw new Error(child.lastWords())
      const now = progressOf(child)
      if (now.problems > 0) return true
      const isWriting = now.acknowledged > before.acknowledged + RECORDS_PER_S
      return isWriting && now.consumed > before.acknowledged ? true : undefined
    },
    60_000,
  )
}
