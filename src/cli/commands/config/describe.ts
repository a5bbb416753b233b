import type { Command } from 'commander'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { configTarget, describeConfigs } from '../../client/configs.ts'
import type { ConfigKind, ConfigValue } from '../../client/configs.ts'
import { kindArgument } from './kind-argument.ts'
import {
  examples,
  printJson,
  printTable,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import type { Column } from '../../text/table.ts'

interface DescribeOptions extends CommonOptions {
  readonly all?: true
  readonly docs?: true
}

export function register(config: Command): void {
  withCommon(
    config
      .command('describe')
      .alias('get')
      .description('Show the configuration of a topic or a broker and where each value comes from')
      .addArgument(kindArgument())
      .argument('<name>', "a topic; a broker's id, or default for what all brokers share"),
  )
    .option('-a, --all', 'also values that nobody has set')
    .option('--docs', 'what each key means')
    .addHelpText(
      'after',
      examples(
        'highwater config describe topic orders',
        'highwater config describe topic orders --all --docs',
        'highwater config describe broker 1 --all',
        'highwater config describe broker default',
      ),
    )
    .action((kind: ConfigKind, name: string, options: DescribeOptions) =>
      runCommand(options, (client) => describe(client, kind, name, options)),
    )
}

async function describe(
  client: ClusterClient,
  kind: ConfigKind,
  name: string,
  { all, docs, format }: DescribeOptions,
): Promise<void> {
  const target = configTarget(kind, name)
  const found = await describeConfigs(client, target, docs)
  const shown = found.filter(({ isDefault }) => all || !isDefault)
  if (format === 'json') return printJson({ kind, name, configs: shown })
  if (shown.length === 0) return printText('Nothing is set; --all shows the defaults')
  await printTable(docs ? [...COLUMNS, DOCS] : COLUMNS, shown)
}

const COLUMNS: readonly Column<ConfigValue>[] = [
  { title: 'key', cell: ({ name }) => name },
  { title: 'value', cell: ({ value, isSensitive }) => (isSensitive ? '(secret)' : value) },
  { title: 'from', cell: ({ source }) => source },
]

const DOCS: Column<ConfigValue> = { title: 'meaning', cell: ({ documentation }) => documentation }
