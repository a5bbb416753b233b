/**
 * One log directory, served in turn by Apache Kafka and Highwater: each opens what the other wrote, serves it,
 * continues it, and hands it back, after clean stops and after kill -9.
 */
import { expect, expectEqual } from '../clients/records.ts'
import { ApacheNode } from '../harness/apache.ts'
import type { Suite } from '../harness/suite.ts'
import type { MortalBroker } from './dump.ts'
import { dumpLogDir } from './files.ts'
import { lines, Tools } from './tools.ts'
import {
  commitSome,
  createTopics,
  deleteSome,
  expectSameSight,
  look,
  writeRound,
  type Sight,
} from './workload.ts'

const prefix = 'exchange'

/**
 * Runs the checks; `peerOf` makes the broker that takes turns with Apache Kafka on the same directory, port and
 * configuration.
 */
export async function exchangeChecks(
  suite: Suite,
  peerOf: (apache: ApacheNode) => Promise<MortalBroker>,
): Promise<void> {
  const apache = await ApacheNode.create()
  const peer = await peerOf(apache)
  const tools = new Tools(apache.bootstrap)
  let seen: Sight | undefined
  let configs: string[] = []

  /** Opens the directory with `broker`, wants to see what was seen before, writes more, and looks again. */
  const turn = async (broker: MortalBroker, round: number): Promise<void> => {
    await broker.start()
    if (seen !== undefined) expectSameSight(await look(tools, prefix), seen)
    if (round === 1) await createTopics(tools, prefix)
    // The first round fills several segments; later ones only add to them.
    await writeRound(tools, prefix, round, round === 1 ? 3000 : 500)
    await commitSome(tools, prefix, 100)
    if (round < 3) await deleteSome(tools, prefix, round * 100)
    await tools.createTopic(`${prefix}-of-round-${round}`, 1, { 'retention.ms': `${round}0000000` })
    seen = await look(tools, prefix)
  }
  const allConfigs = async (): Promise<string[]> => {
    const entity = ['--entity-type', 'topics', '--entity-name', `${prefix}-gzip`]
    const text = await tools.run('configs', ['--describe', '--all', ...entity])
    return lines(text).filter((line) => line.startsWith('  '))
  }
  const turns: ReadonlyArray<readonly [name: string, body: () => Promise<void>]> = [
    [
      'Apache Kafka writes a directory',
      async () => {
        await turn(apache, 1)
        configs = await allConfigs()
        await apache.stop()
      },
    ],
    [`${peer.title} serves and continues it`, () => turn(peer, 2)],
    [
      `${peer.title} describes every topic config as Apache Kafka does`,
      async () => {
        const found = new Set(await allConfigs())
        const differing = configs.filter((line) => !found.has(line))
        expectEqual('configs that differ', differing, [])
      },
    ],
    [`${peer.title} stops cleanly`, () => peer.stop()],
    ['Apache Kafka goes on with it', () => turn(apache, 3)],
    [
      `${peer.title} recovers it after Apache Kafka was killed`,
      async () => {
        await apache.kill()
        await turn(peer, 4)
      },
    ],
    [
      `Apache Kafka recovers it after ${peer.title} was killed`,
      async () => {
        await peer.kill()
        await turn(apache, 5)
        await apache.stop()
      },
    ],
    [
      'DumpLogSegments reads every file that both have written',
      async () => {
        const found = await dumpLogDir(apache.logDir)
        suite.note(`${found.files} files`)
        expectEqual('complaints', found.complaints.slice(0, 20), [])
        expect('offset commits', (found.records.get('__consumer_offsets') ?? 0) > 1)
      },
    ],
  ]
  let failed = false
  for (const [name, body] of turns) {
    if (failed) suite.skip(name, 'an earlier turn failed')
    else if (!(await suite.check(name, body))) failed = !name.includes('topic config')
  }
}
