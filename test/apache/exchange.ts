/**
 * One log directory, served in turn by Apache Kafka and Highwater: each opens what the other wrote, serves it,
 * continues it, and hands it back, after clean stops and after kill -9.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, expectEqual } from '../clients/records.ts'
import { ApacheNode } from '../harness/apache.ts'
import { HighwaterNode } from '../harness/highwater.ts'
import type { Suite } from '../harness/suite.ts'
import type { MortalBroker } from './dump.ts'
import { dumpLogDir } from './files.ts'
import { columns, lines, Tools } from './tools.ts'
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

/** A directory that Highwater formatted itself: Apache Kafka opens it, continues it and hands it back. */
export async function leavingCheck(suite: Suite): Promise<void> {
  await suite.check('Apache Kafka goes on with a directory that Highwater formatted', async () => {
    const highwater = await HighwaterNode.create()
    const tools = new Tools(highwater.bootstrap)
    const topic = 'leaving'
    const group = ['--topic', topic, '--group', 'leaving-group', '--from-beginning']
    const write = (round: number): Promise<void> =>
      tools.produce(
        topic,
        Array.from({ length: 50 }, (_, index) => `key-${index}:round ${round}`),
      )
    const read = async (rounds: number): Promise<string[]> => {
      const committed = ['--describe', '--group', 'leaving-group']
      const group = columns(await tools.run('consumerGroups', committed), /^leaving-group/)
      return [...(await tools.consume(topic, 50 * rounds)), ...group.slice(0, 5)]
    }
    await highwater.start()
    await write(1)
    await tools.run('consoleConsumer', [...group, '--max-messages', '20'])
    const first = await read(1)
    await highwater.stop()
    const [, nodeId] =
      /^node\.id=(\d+)$/m.exec(readFileSync(join(highwater.logDir, 'meta.properties'), 'utf8')) ??
      []
    const apache = await ApacheNode.adopt(highwater.logDir, highwater.bootstrap, nodeId ?? '')
    await apache.start()
    expectEqual('what Apache Kafka sees', await read(1), first)
    await write(2)
    await tools.run('consoleConsumer', [...group, '--max-messages', '30'])
    const second = await read(2)
    await apache.stop()
    await highwater.start()
    expectEqual('what Highwater sees again', await read(2), second)
    await highwater.stop()
  })
}
