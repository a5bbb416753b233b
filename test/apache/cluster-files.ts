/** What three nodes leave on their disks, read by Apache Kafka: segments, indexes, the metadata log, its snapshots. */
import { copyFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

import { expect, expectEqual } from '../clients/records.ts'
import { javaTool } from '../harness/apache.ts'
import { temporaryFolder } from '../harness/processes.ts'
import type { Suite } from '../harness/suite.ts'
import type { Cluster, Node } from './cluster-nodes.ts'
import { dumpLogDir } from './files.ts'
import { byText, lines } from './tools.ts'

const SHELL = 'org.apache.kafka.shell.MetadataShell'
const METADATA = '__cluster_metadata-0'
const TOPICS = ['__consumer_offsets', 'moved', 'replicated', 'survivor']
/** The shell reports a snapshot's own header and footer as records that it passes over. */
const PASSED_OVER = /Ignoring control record with type (SNAPSHOT_(HEADER|FOOTER)|LEADER_CHANGE)/

/** Runs the checks; the nodes are stopped. */
export async function fileChecks(suite: Suite, cluster: Cluster): Promise<void> {
  for (const node of cluster.nodes) {
    await suite.check(`DumpLogSegments reads every file of node ${node.id}`, async () => {
      const found = await dumpLogDir(node.logDir)
      suite.note(
        `${found.files} files, ${found.records.get('__cluster_metadata')} metadata records`,
      )
      expectEqual('complaints', found.complaints.slice(0, 20), [])
      expect('metadata records', (found.records.get('__cluster_metadata') ?? 0) > 100)
      expect('offset commits', (found.records.get('__consumer_offsets') ?? 0) > 20)
    })
  }
  await suite.check('MetadataShell reads the snapshots of every node', async () => {
    const seen = new Map<string, string>()
    for (const node of cluster.nodes) {
      const snapshots = metadataFiles(node, /(?<!^0{20}-0{10})\.checkpoint$/)
      expect(`snapshots of node ${node.id}`, snapshots.length > 0)
      for (const snapshot of snapshots) {
        const tree = await imageOf(snapshot)
        const same = seen.get(basename(snapshot)) ?? tree
        expectEqual(`${basename(snapshot)} on every node`, tree, same)
        seen.set(basename(snapshot), tree)
      }
      const topics = topicsIn(await imageOf(snapshots.at(-1) ?? ''))
      expect(`topics of the newest on node ${node.id}`, topics.includes('replicated'), topics)
    }
    suite.note(`${seen.size} snapshots`)
  })
  await suite.check('MetadataShell replays the whole metadata log of every node', async () => {
    for (const node of cluster.nodes) {
      const [log = ''] = metadataFiles(node, /^0{20}\.log$/)
      const tree = await imageOf(log)
      expectEqual(`topics of node ${node.id}`, topicsIn(tree), TOPICS)
      expectEqual('brokers', tree.match(/BrokerRegistration\(id=\d/g)?.length, 3)
      expectEqual('controllers', tree.match(/ControllerRegistration\(id=\d/g)?.length, 3)
    }
  })
}

/** Copied to where nobody locks a directory. */
function metadataFiles(node: Node, wanted: RegExp): string[] {
  const from = join(node.logDir, METADATA)
  const to = temporaryFolder('metadata')
  const names = readdirSync(from).filter((name) => wanted.test(name))
  for (const name of names) copyFileSync(join(from, name), join(to, name))
  return names.sort(byText).map((name) => join(to, name))
}

/** Everything that Apache Kafka finds in the metadata, as an indented tree. */
async function imageOf(file: string): Promise<string> {
  const { code, stdout, stderr } = await javaTool(SHELL, ['--snapshot', file, 'tree', '/image'])
  const complaints = lines(stderr).filter((line) => !PASSED_OVER.test(line))
  expectEqual(`${basename(file)}: exit code and complaints`, [code, ...complaints], [0])
  return stdout
}

/** The names of the topics in such a tree. */
function topicsIn(tree: string): string[] {
  const all = lines(tree)
  const from = all.indexOf('  byName:')
  const names: string[] = []
  for (const line of all.slice(from + 1)) {
    if (!line.startsWith('    ')) break
    const name = /^ {4}(\S+):$/.exec(line)?.[1]
    if (name !== undefined) names.push(name)
  }
  return names.sort(byText)
}
