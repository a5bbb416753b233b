import type { Command } from 'commander'

export interface CommandModule {
  /** Adds the command, with options, help and examples, to the program. */
  register(program: Command): void
}

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  load(): Promise<CommandModule>
}

/** Every command. Its module is loaded when it runs. */
export const commands: readonly CommandEntry[] = [
  { name: 'start', summary: 'Start a node', load: () => import('./start.ts') },
  {
    name: 'format',
    summary: "Prepare the log directories of a cluster's node",
    load: () => import('./format.ts'),
  },
  {
    name: 'topic',
    summary: 'List, create, change and delete topics',
    load: () => import('./topic.ts'),
  },
  {
    name: 'produce',
    summary: 'Write records: lines of stdin or files, or JSON',
    load: () => import('./produce.ts'),
  },
  {
    name: 'consume',
    summary: 'Read records, also as a member of a group',
    load: () => import('./consume.ts'),
  },
  {
    name: 'group',
    summary: 'Consumer groups: lag, members, offsets',
    load: () => import('./group.ts'),
  },
  {
    name: 'config',
    summary: 'Configuration of topics and brokers',
    load: () => import('./config.ts'),
  },
  {
    name: 'cluster',
    summary: 'Nodes, health, new cluster ids',
    load: () => import('./cluster.ts'),
  },
  {
    name: 'broker',
    summary: 'Brokers, their racks and log directories',
    load: () => import('./broker.ts'),
  },
  {
    name: 'quorum',
    summary: "The controllers' quorum: leader, lag, voters",
    load: () => import('./quorum.ts'),
  },
  {
    name: 'reassign',
    summary: 'Move replicas to other brokers',
    load: () => import('./reassign.ts'),
  },
  {
    name: 'feature',
    summary: 'Levels of features, such as metadata.version',
    load: () => import('./feature.ts'),
  },
  {
    name: 'dump',
    summary: 'Show the files of a log directory, also of Apache Kafka',
    load: () => import('./dump.ts'),
  },
  {
    name: 'context',
    summary: 'Names for clusters, instead of --bootstrap',
    load: () => import('./context.ts'),
  },
]
