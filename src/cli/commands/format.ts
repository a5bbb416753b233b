import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { nodeIo } from '../../io/index.ts'
import { checkBrokerConfigs, metadataVersionName, planListeners } from '../../metadata/index.ts'
import { ConfigError, controllerEndpoints, fromEnvironment, fromFile } from '../../node/index.ts'
import { formatDirectories, planFormat } from '../../quorum/index.ts'
import type { FormatNode } from '../../quorum/index.ts'
import {
  collect,
  examples,
  printJson,
  printText,
  tellingFailure,
  withFormat,
} from '../command-kit.ts'
import type { FormatOptions } from '../command-kit.ts'
import { UsageError } from '../failure.ts'

interface Options extends FormatOptions {
  readonly config: string
  readonly clusterId: string
  readonly standalone?: boolean
  /** Commander's name for `--no-initial-controllers` and `--initial-controllers` together. */
  readonly initialControllers?: string | boolean
  readonly ignoreFormatted?: boolean
  readonly releaseVersion?: string
  readonly feature?: readonly string[]
}

export function register(program: Command): void {
  withFormat(program.command('format'))
    .description(
      "Prepare the log directories of a cluster's node, once, with kafka-storage's flags",
    )
    .requiredOption('-c, --config <file>', 'the server.properties of the node')
    .requiredOption('-t, --cluster-id <id>', "the same for all nodes: 'highwater cluster id'")
    .option('-s, --standalone', 'this controller is the only voter, for now')
    .option('-I, --initial-controllers <id@host:port:dirId,...>', 'the first voters')
    .option('-N, --no-initial-controllers', 'this controller joins voters that exist already')
    .option('-g, --ignore-formatted', 'leave directories alone that are formatted already')
    .option('-r, --release-version <version>', 'the levels of that release, such as 4.3')
    .option('-f, --feature <name=level>', 'one level; may be repeated', collect)
    .addHelpText(
      'after',
      examples(
        'highwater format -t $(highwater cluster id) -c server.properties --standalone',
        'highwater format -t $ID -c server.properties --no-initial-controllers   # brokers too: no flag',
      ),
    )
    .action((options: Options) => tellingFailure(options, () => format(options)))
}

async function format(options: Options): Promise<void> {
  const { initialControllers, clusterId } = options
  const plan = planFormat(readNode(options.config), {
    clusterId,
    standalone: options.standalone === true,
    noInitialControllers: initialControllers === false,
    initialControllers: typeof initialControllers === 'string' ? initialControllers : null,
    ignoreFormatted: options.ignoreFormatted === true,
    releaseVersion: options.releaseVersion ?? null,
    features: options.feature ?? [],
  })
  if (typeof plan === 'string') throw new UsageError(plan)
  const directories = await formatDirectories(nodeIo(), plan)
  if (options.format === 'json') return printJson({ clusterId, nodeId: plan.nodeId, directories })
  const version = metadataVersionName(plan.features?.get('metadata.version') ?? 0)
  for (const { path, directoryId, isNew } of directories) {
    const text = isNew
      ? `Formatted ${path} for node ${plan.nodeId}, directory ${directoryId}, metadata.version ${version}`
      : `Left ${path} as it is: formatted already, directory ${directoryId}`
    printText(text)
  }
}

/** What formatting needs of a configuration; the rest is checked when the node starts. */
function readNode(path: string): FormatNode {
  const properties = new Map([
    ...fromFile(readConfig(path)).properties,
    ...fromEnvironment(process.env).properties,
  ])
  const { settings, errors } = checkBrokerConfigs(properties)
  if (errors.length > 0) throw new ConfigError(errors.map(({ message }) => message).join('\n'))
  const { plan } = planListeners(settings)
  const nodeId = settings.get('node.id') ?? settings.get('broker.id')
  if (nodeId < 0) throw new ConfigError(`Cannot format without node.id: ${path} does not set it`)
  const dirs = (settings.get('log.dirs') ?? settings.get('log.dir')).map((dir) => resolve(dir))
  const metadataLogDir = settings.get('metadata.log.dir')
  const isController = settings.get('process.roles')?.includes('controller') ?? false
  const [listenerName = 'CONTROLLER'] = plan.controllerNames
  const [controllerEndpoint = null] = controllerEndpoints(plan, 'localhost')
  return {
    nodeId,
    isController,
    hasStaticVoters: settings.get('controller.quorum.voters').length > 0,
    controllerEndpoint,
    listenerName,
    dirs: [...new Set(dirs)],
    metadataLogDir: metadataLogDir === null ? (dirs[0] as string) : resolve(metadataLogDir),
  }
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`Cannot read --config ${path}: ${(error as Error).message}`)
  }
}
