import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { parseBootstrap } from '../client/address.ts'
import {
  examples,
  printJson,
  printTable,
  printText,
  tellingFailure,
  withFormat,
} from '../command-kit.ts'
import type { FormatOptions } from '../command-kit.ts'
import { UsageError } from '../failure.ts'
import { contextFiles, formatContexts, readContextFile, userFilePath } from '../profile.ts'
import type { Context } from '../profile.ts'

interface Contents {
  current: string | null
  readonly contexts: Map<string, Context>
}

export function register(program: Command): void {
  const context = program
    .command('context')
    .description('Name clusters, so that commands need no --bootstrap')
    .addHelpText(
      'after',
      `\nA file .highwater.json in the project (or above it, up to the repository's root) has the same form and comes first:\n  {"current":"dev","contexts":{"dev":{"bootstrap":"127.0.0.1:9092"}}}\n`,
    )
  withFormat(context.command('list').alias('ls').description('List contexts'))
    .addHelpText('after', examples('highwater context list'))
    .action((options: FormatOptions) => tellingFailure(options, () => list(options)))
  withFormat(
    context
      .command('set')
      .description('Make or change a context in your own file')
      .argument('<name>')
      .argument('<servers>', 'bootstrap servers: host:port,host:port'),
  )
    .addHelpText('after', examples('highwater context set prod kafka-1:9092,kafka-2:9092'))
    .action((name: string, bootstrap: string, options: FormatOptions) =>
      tellingFailure(options, () => set(name, bootstrap, options)),
    )
  withFormat(
    context
      .command('use')
      .description('Choose the context that commands use when none is named')
      .argument('<name>'),
  )
    .addHelpText('after', examples('highwater context use prod'))
    .action((name: string, options: FormatOptions) =>
      tellingFailure(options, () => use(name, options)),
    )
  withFormat(
    context
      .command('delete')
      .alias('rm')
      .description('Remove a context of your own file')
      .argument('<name>'),
  )
    .addHelpText('after', examples('highwater context delete prod'))
    .action((name: string, options: FormatOptions) =>
      tellingFailure(options, () => remove(name, options)),
    )
}

async function list({ format }: FormatOptions): Promise<void> {
  const files = contextFiles(process.cwd(), process.env)
  const current = files.find((file) => file.current !== null)?.current ?? null
  const contexts = files.flatMap(({ path, contexts }) =>
    [...contexts].map(([name, { bootstrap }]) => ({
      name,
      bootstrap,
      isCurrent: name === current,
      file: path,
    })),
  )
  if (format === 'json') return printJson({ current, contexts })
  await printTable(
    [
      { title: 'name', cell: ({ name }) => name },
      { title: 'bootstrap', cell: ({ bootstrap }) => bootstrap },
      { title: 'current', cell: ({ isCurrent }) => (isCurrent ? 'yes' : '') },
      { title: 'file', cell: ({ file }) => file },
    ],
    contexts,
  )
}

function set(name: string, bootstrap: string, { format }: FormatOptions): void {
  try {
    parseBootstrap(bootstrap)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  change((contents) => {
    contents.contexts.set(name, { bootstrap })
    contents.current ??= name
  })
  if (format === 'json') printJson({ name, bootstrap })
  else printText(`Set context '${name}'`)
}

function use(name: string, { format }: FormatOptions): void {
  const known = contextFiles(process.cwd(), process.env).flatMap(({ contexts }) => [
    ...contexts.keys(),
  ])
  if (!known.includes(name)) {
    throw new UsageError(`Cannot use context '${name}': known are ${known.join(', ') || 'none'}`)
  }
  change((contents) => {
    contents.current = name
  })
  if (format === 'json') printJson({ current: name })
  else printText(`Using context '${name}'`)
}

function remove(name: string, { format }: FormatOptions): void {
  change((contents) => {
    if (!contents.contexts.delete(name)) {
      throw new UsageError(
        `Cannot delete context '${name}': it is not in ${userFilePath(process.env)}`,
      )
    }
    if (contents.current === name) contents.current = null
  })
  if (format === 'json') printJson({ name, deleted: true })
  else printText(`Deleted context '${name}'`)
}

/** Changes the user's own file; projects keep theirs by hand, under version control. */
function change(edit: (contents: Contents) => void): void {
  const path = userFilePath(process.env)
  const known = existsSync(path) ? readContextFile(path) : null
  const contents = { current: known?.current ?? null, contexts: new Map(known?.contexts) }
  edit(contents)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, formatContexts(contents))
}
