/**
 * `npm run test:clients`: real Kafka clients against a Highwater node, unchanged. They are installed by the suite.
 *
 * Options: `--bootstrap HOST:PORT` checks a broker that runs already; `--apache` checks Apache Kafka itself, which
 * shows that the checks are right; `--client NAME` runs one client; `--only TEXT` runs the checks with TEXT in their name.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { ApacheNode } from '../harness/apache.ts'
import { foreignBroker, type Broker } from '../harness/broker.ts'
import { HighwaterNode } from '../harness/highwater.ts'
import { temporaryFolder } from '../harness/processes.ts'
import { runSuite, type Suite } from '../harness/suite.ts'
import { killNine } from '../process/kill-nine.ts'
import type { ClientContext } from './context.ts'
import { corpusStartMs, makeCorpus, withoutNullHeaders, writeCorpus } from './corpus.ts'
import * as kcat from './kcat.ts'
import * as kafkajs from './kafkajs/checks.ts'
import * as platformatic from './platformatic/checks.ts'
import { programs } from './program.ts'

/** One client's checks, and its reading of what all clients wrote. */
interface ClientChecks {
  readonly client: string
  run(context: ClientContext): Promise<void>
  readCorpora(context: ClientContext): Promise<void>
}

const clients: readonly ClientChecks[] = [kcat, kafkajs, platformatic, ...programs]

/** The short form of test/process/kill-nine.ts. */
const shortKillNine = { rounds: 5, secondsMax: 120, rate: 3000, seed: 5 }

const { values: options } = parseArgs({
  options: {
    bootstrap: { type: 'string' },
    apache: { type: 'boolean', default: false },
    client: { type: 'string', multiple: true },
    only: { type: 'string' },
  },
})

async function makeBroker(): Promise<Broker> {
  if (options.bootstrap !== undefined) return foreignBroker(options.bootstrap)
  if (options.apache) return ApacheNode.create()
  return HighwaterNode.create()
}

async function runAll(suite: Suite): Promise<void> {
  const broker = await makeBroker()
  suite.note(`against ${broker.title}`)
  if (options.bootstrap === undefined) await broker.start()
  const folder = temporaryFolder('clients')
  const records = makeCorpus(corpusStartMs())
  const context: ClientContext = {
    suite,
    bootstrap: broker.bootstrap,
    corpus: writeCorpus(join(folder, 'corpus.json'), records),
    corpusWithoutNullHeaders: writeCorpus(
      join(folder, 'corpus-without-null-headers.json'),
      withoutNullHeaders(records),
    ),
    corpusTopics: [],
  }
  const chosen = clients.filter(({ client }) => options.client?.includes(client) ?? true)
  for (const client of chosen) await client.run(context)
  for (const client of chosen) await client.readCorpora(context)
  if (options.bootstrap === undefined) {
    await suite.check('the broker stops cleanly after all this', () => broker.stop())
  }
  if (options.client === undefined && options.bootstrap === undefined && !options.apache) {
    await killNine(suite, await HighwaterNode.create(), shortKillNine)
  }
}

await runSuite('clients', { only: options.only }, runAll)
