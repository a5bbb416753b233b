/**
 * Three nodes judged by Apache Kafka: its tools, a producer and a consumer group of its Java client over restarts and kills, and at the end its
 * readers over every file that the nodes leave behind.
 */
import type { Suite } from '../harness/suite.ts'
import { survivalCheck } from './cluster-clients.ts'
import { fileChecks } from './cluster-files.ts'
import { movingChecks } from './cluster-moves.ts'
import type { Cluster } from './cluster-nodes.ts'
import { clusterToolChecks } from './cluster-tools.ts'
import { ToolHost } from './tool-host.ts'
import { Tools } from './tools.ts'

/** Runs the checks; `cluster` is formatted and not started. */
export async function clusterChecks(suite: Suite, cluster: Cluster): Promise<void> {
  if (!(await suite.check('three nodes start', () => cluster.start()))) return
  const host = new ToolHost()
  const tools = new Tools(cluster.bootstrap, { host })
  const door = '--bootstrap-controller'
  const controllers = new Tools(await controllersOf(tools), { host, door })
  await clusterToolChecks(suite, { tools, controllers })
  await movingChecks(suite, cluster, tools)
  await survivalCheck(suite, cluster, tools)
  await host.stop()
  const stopped = await suite.check('three nodes stop cleanly', () => cluster.stop())
  if (stopped) await fileChecks(suite, cluster)
}

/** The controllers' addresses, as the quorum tells them to clients. */
async function controllersOf(tools: Tools): Promise<string> {
  const status = await tools.run('quorum', ['describe', '--status'])
  const found = [...status.matchAll(/"\w+:\/\/([^"]+)"/g)].map((one) => one[1])
  return found.join(',')
}
