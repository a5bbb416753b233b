/**
 * `npm run test:apache`: Apache Kafka 4.3.1 as client, oracle and peer, from its own jars, which the suite fetches
 * through Maven. Options: `--apache` runs the checks of the tools against Apache Kafka itself, which shows that they
 * are right; `--part schemas|tools|dump|exchange|cluster|quorum` runs one part; `--only TEXT` the checks with TEXT in their name.
 */
import { parseArgs } from 'node:util'

import { ApacheNode, kafkaJars } from '../harness/apache.ts'
import { HighwaterCluster } from '../harness/cluster.ts'
import { HighwaterNode } from '../harness/highwater.ts'
import { hasProgram } from '../harness/processes.ts'
import { runSuite, type Suite } from '../harness/suite.ts'
import { expectEqual } from '../clients/records.ts'
import { adminChecks } from './admin.ts'
import { apacheCluster, clusterSettings, type Cluster } from './cluster-nodes.ts'
import { clusterChecks } from './cluster.ts'
import { dumpChecks, type MortalBroker } from './dump.ts'
import { exchangeChecks, leavingCheck } from './exchange.ts'
import { groupChecks } from './groups.ts'
import { mixedQuorumChecks } from './mixed-quorum.ts'
import { recordChecks } from './records.ts'
import { compareBytes } from './schemas-bytes.ts'
import { compareSchemas } from './schemas.ts'
import { Tools } from './tools.ts'

const { values: options } = parseArgs({
  options: {
    apache: { type: 'boolean', default: false },
    part: { type: 'string', multiple: true },
    only: { type: 'string' },
  },
})

const chosen = (part: string): boolean => options.part?.includes(part) ?? true

const ownBroker = (): Promise<MortalBroker> =>
  options.apache ? ApacheNode.create() : HighwaterNode.create()

const ownCluster = (): Promise<Cluster> =>
  options.apache
    ? apacheCluster(clusterSettings)
    : HighwaterCluster.create({ settings: clusterSettings })

async function toolChecks(suite: Suite): Promise<void> {
  const broker = await ownBroker()
  suite.note(`tools against ${broker.title}`)
  await broker.start()
  const tools = new Tools(broker.bootstrap)
  await adminChecks(suite, tools)
  await recordChecks(suite, tools)
  await groupChecks(suite, tools)
  await suite.check('the broker stops cleanly after the tools', () => broker.stop())
}

/** A second Apache Kafka in Highwater's place, for `--apache`: the same node, stopped and started. */
const peerOf = (apache: ApacheNode): Promise<MortalBroker> => {
  if (options.apache) return Promise.resolve(apache)
  const { configFile: file, bootstrap, logDir } = apache
  return HighwaterNode.create({ config: { file, bootstrap, logDir } })
}

async function schemaChecks(suite: Suite, jars: string): Promise<void> {
  await suite.check('our schemas are those in the jars', async () => {
    const { compared, differences } = await compareSchemas(jars)
    suite.note(`${compared} schemas`)
    expectEqual('differences', differences, [])
  })
  await suite.check('Apache Kafka reads and writes our messages byte for byte', async () => {
    const { compared, differences } = await compareBytes(jars)
    suite.note(`${compared} messages`)
    expectEqual('differences', differences.slice(0, 20), [])
  })
}

async function runAll(suite: Suite): Promise<void> {
  for (const program of ['java', 'mvn']) {
    if (await hasProgram(program)) continue
    suite.skip('Apache Kafka', `no ${program} here`)
    return
  }
  let jars = ''
  const fetched = await suite.attempt('fetch Apache Kafka', async () => {
    jars = await kafkaJars()
  })
  if (!fetched) return
  if (chosen('schemas')) await schemaChecks(suite, jars)
  if (chosen('tools')) await toolChecks(suite)
  if (chosen('dump')) await dumpChecks(suite, await ownBroker())
  if (chosen('exchange')) {
    await exchangeChecks(suite, peerOf)
    if (!options.apache) await leavingCheck(suite)
  }
  if (chosen('cluster')) await clusterChecks(suite, await ownCluster())
  if (chosen('quorum') && !options.apache) await mixedQuorumChecks(suite)
}

await runSuite('Apache Kafka', { only: options.only }, runAll)
