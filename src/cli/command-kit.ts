/** What commands share: options, the client, and how they print. */
import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { nodeIo } from '../io/index.ts'
import { parseBootstrap } from './client/address.ts'
import { ClusterClient } from './client/cluster-client.ts'
import { exitCodes, failureAsJson, UsageError } from './failure.ts'
import { chooseBootstrap, contextFiles } from './profile.ts'
import { parseDuration } from './text/duration.ts'
import type { Column } from './text/table.ts'

export interface ClusterOptions {
  readonly bootstrap?: string
  readonly context?: string
  readonly timeout: number
}

export type Format = 'text' | 'json'

export interface FormatOptions {
  readonly format: Format
}

export type CommonOptions = ClusterOptions & FormatOptions

const TIMEOUT_DEFAULT_MS = 10_000

/** Adds the options by which a cluster is chosen. */
export function withCluster(command: Command): Command {
  return command
    .option(
      '-b, --bootstrap <host:port,...>',
      'servers to ask first; else HIGHWATER_BOOTSTRAP, KAFKA_BOOTSTRAP_SERVERS, the current context, 127.0.0.1:9092',
    )
    .option('--context <name>', 'a context of .highwater.json or ~/.config/highwater/config.json')
    .addOption(
      new Option('--timeout <duration>', 'for connecting, and for each request')
        .argParser(durationArgument)
        .default(TIMEOUT_DEFAULT_MS, '10s'),
    )
}

/** Adds `--format text|json`. */
export function withFormat(command: Command): Command {
  return command.addOption(
    new Option('--format <format>', 'text for people, json for scripts')
      .choices(['text', 'json'])
      .default('text'),
  )
}

/** Both of the above. */
export function withCommon(command: Command): Command {
  return withCluster(withFormat(command))
}

/** For `.addHelpText('after', ...)`: lines of `command  # what it does`. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`
}

export function makeClient(options: ClusterOptions): ClusterClient {
  const files = (): ReturnType<typeof contextFiles> => contextFiles(process.cwd(), process.env)
  const bootstrap = chooseBootstrap(options, process.env, files)
  return new ClusterClient(nodeIo(), addressesOf(bootstrap), options.timeout)
}

function addressesOf(bootstrap: string): ReturnType<typeof parseBootstrap> {
  try {
    return parseBootstrap(bootstrap)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Runs `body` with a client that is closed afterwards. */
export async function useClient<T>(
  options: ClusterOptions,
  body: (client: ClusterClient) => Promise<T>,
): Promise<T> {
  const client = makeClient(options)
  try {
    return await body(client)
  } finally {
    await client.close()
  }
}

/** As {@link useClient}; with `--format json` a failure is told on stdout, too. */
export async function runCommand(
  options: CommonOptions,
  body: (client: ClusterClient) => Promise<void>,
): Promise<void> {
  await tellingFailure(options, () => useClient(options, body))
}

/** With `--format json` there is one JSON object on stdout, whatever happens. */
export async function tellingFailure(
  { format }: FormatOptions,
  body: () => Promise<void> | void,
): Promise<void> {
  try {
    await body()
  } catch (error) {
    if (format === 'json') printJson(failureAsJson(error))
    throw error
  }
}

/** The command has done what it could, but not all. */
export function failPartly(): void {
  process.exitCode = exitCodes.failure
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

export function printText(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

export async function printTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Promise<void> {
  const { formatTable } = await import('./text/table.ts')
  const text = formatTable(columns, rows)
  const titleEnd = text.indexOf('\n')
  // Only on a terminal that wants colours, which `styleText` finds out.
  const { styleText } = await import('node:util')
  process.stdout.write(styleText('bold', text.slice(0, titleEnd)) + text.slice(titleEnd))
}

/** A note beside the output. */
export function note(message: string): void {
  process.stderr.write(`highwater: ${message}\n`)
}

export function durationArgument(text: string): number {
  const durationMs = parseDuration(text)
  if (durationMs === null || durationMs === 0)
    throw new InvalidArgumentError('It must be a duration such as 500ms, 30s or 5m.')
  return durationMs
}

/** A whole number from `min` on. */
export function countArgument(min: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min)) throw new InvalidArgumentError(`It must be a whole number from ${min} on.`)
    return value
  }
}

/** For options that may be repeated. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value]
}

/** Partition numbers: `0,3,5-7`. */
export function partitionsArgument(text: string): readonly number[] {
  const numbers = text.split(',').flatMap((part) => {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim())
    const first = Number(match?.[1])
    const last = Number(match?.[2] ?? match?.[1])
    if (match === null || last < first)
      throw new InvalidArgumentError('It must be partition numbers such as 0,3,5-7.')
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
  return [...new Set(numbers)]
}

/** `key=value` pairs; the value may hold further equal signs. Throws UsageError. */
export function parsePairs(pairs: readonly string[]): ReadonlyArray<readonly [string, string]> {
  return pairs.map((pair) => {
    const equals = pair.indexOf('=')
    if (equals < 1) throw new UsageError(`Cannot read '${pair}': wanted key=value`)
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const
  })
}
