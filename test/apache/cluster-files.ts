/** What three nodes leave on their disks, read by Apache Kafka: segments, indexes, the metadata log, its snapshots. */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { isControl, lastOffsetOf, wholeBatches } from '../../src/records/index.ts'
import { expect, expectEqual } from '../clients/records.ts'
import { javaTool } from '../harness/apache.ts'
import { temporaryFolder } from '../harness/processes.ts'
import { eventually, type Suite } from '../harness/suite.ts'
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
      let newest = ''
      for (const snapshot of snapshots) {
        // Each node writes its own at a time of its own.
        const tree = (await imageOf(snapshot)).replace(/, time \S+/, '')
        const same = seen.get(basename(snapshot)) ?? tree
        expectEqual(`${basename(snapshot)} on every node`, tree, same)
        seen.set(basename(snapshot), tree)
        newest = tree
      }
      const topics = topicsIn(newest)
      expect(`topics of the newest on node ${node.id}`, topics.includes('replicated'), topics)
    }
    suite.note(`${seen.size} snapshots`)
  })
  await suite.check('MetadataShell replays the whole metadata log of every node', async () => {
    for (const node of cluster.nodes) {
      const log = wholeLog(metadataFiles(node, /^\d+\.log$/))
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

/** All segments as one file. It ends with metadata, because the shell waits for ever for what the quorum alone says after them. */
function wholeLog(segments: readonly string[]): string {
  const bytes = Buffer.concat(segments.map((segment) => readFileSync(segment)))
  const last = dataBatches(bytes).at(-1)
  const file = join(temporaryFolder('metadata'), 'whole.log')
  writeFileSync(file, bytes.subarray(0, (last?.position ?? 0) + (last?.sizeBytes ?? 0)))
  return file
}

function dataBatches(bytes: Buffer) {
  return [...wholeBatches(bytes)].filter((header) => !isControl(header))
}

/**
 * Everything that Apache Kafka finds in the metadata, as an indented tree. The shell may print before it has everything (it waits for a first
 * record to be loaded, not for the last to be shown), so it is asked until the tree is that of the last record.
 */
async function imageOf(file: string): Promise<string> {
  const last = dataBatches(readFileSync(file)).at(-1)
  const offset = last === undefined ? -1 : lastOffsetOf(last)
  return eventually(
    `the image of ${basename(file)} at offset ${offset}`,
    async () => {
      const { code, stdout, stderr } = await javaTool(SHELL, ['--snapshot', file, 'tree', '/image'])
      const complaints = lines(stderr).filter((line) => !PASSED_OVER.test(line))
      expectEqual('exit code and complaints', [code, ...complaints], [0])
      if (stdout.includes(`offset ${offset}, epoch`)) return stdout
      throw new Error(/offset .*/.exec(stdout)?.[0])
    },
    60_000,
  )
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
