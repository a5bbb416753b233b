/**
 * Clients in other languages: a program per client runs its checks and says on stdout what became of each, one JSON
 * object a line: `{ "check", "outcome": "passed" | "failed" | "skipped", "seconds", "reason" }`, and
 * `{ "corpusTopic" }` for a topic that now holds the corpus.
 *
 * Arguments: `--bootstrap HOST:PORT --corpus FILE` to run the checks, `--bootstrap HOST:PORT --read TOPIC=FILE ...` to
 * read what all clients wrote; `--only TEXT` leaves out the checks without TEXT in their name.
 */
import { run as runProcess } from '../harness/processes.ts'
import type { ClientContext } from './context.ts'
import {
  installConfluentKafka,
  installFranzGo,
  installOrReport,
  type Installed,
} from './install.ts'

const PROGRAM_TIMEOUT_MS = 300_000

interface Program {
  readonly client: string
  readonly script?: string
  install(): Promise<Installed>
}

const confluentKafka: Program = {
  client: 'confluent-kafka',
  script: 'test/clients/confluent-kafka/checks.py',
  install: installConfluentKafka,
}

const franzGo: Program = { client: 'franz-go', install: installFranzGo }

/** The clients whose checks are programs in other languages. */
export const programs = [confluentKafka, franzGo].map((program) => ({
  client: program.client,
  run: (context: ClientContext): Promise<void> =>
    runProgram(program, context, ['--corpus', context.corpus.file]),
  readCorpora: (context: ClientContext): Promise<void> => {
    const topics = context.corpusTopics.map(({ topic, corpus }) => `${topic}=${corpus.file}`)
    return runProgram(program, context, ['--read', ...topics])
  },
}))

async function runProgram(
  program: Program,
  context: ClientContext,
  args: readonly string[],
): Promise<void> {
  const { suite, bootstrap } = context
  const installed = await installOrReport(suite, program.client, () => program.install())
  if (installed === undefined) return
  const [file = '', ...start] = installed
  const script = program.script === undefined ? [] : [program.script]
  const only = suite.only === undefined ? [] : ['--only', suite.only]
  const all = [...start, ...script, '--bootstrap', bootstrap, ...only, ...args]
  const finished = await runProcess(file, all, { timeoutMs: PROGRAM_TIMEOUT_MS })
  for (const line of finished.stdout.split('\n')) {
    if (line.startsWith('{')) report(program, context, line)
  }
  if (finished.code !== 0) {
    const reason = `exit ${finished.code}: ${finished.stderr.slice(-3000)}`
    suite.record({ name: `${program.client}: its program`, outcome: 'failed', seconds: 0, reason })
  }
}

function report(program: Program, context: ClientContext, line: string): void {
  const said: unknown = JSON.parse(line)
  if (typeof said !== 'object' || said === null) return
  if ('corpusTopic' in said) {
    context.corpusTopics.push({ topic: String(said.corpusTopic), corpus: context.corpus })
  }
  if (!('check' in said) || !('outcome' in said)) return
  const { outcome } = said
  context.suite.record({
    name: `${program.client}: ${String(said.check)}`,
    outcome: outcome === 'passed' || outcome === 'skipped' ? outcome : 'failed',
    seconds: 'seconds' in said ? Number(said.seconds) : 0,
    reason: 'reason' in said ? String(said.reason) : '',
  })
}
