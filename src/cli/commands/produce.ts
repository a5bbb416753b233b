import { Option } from 'commander'
import type { Command } from 'commander'
import type { Codec } from '../../records/index.ts'
import type { Acks } from '../client/produce.ts'
import { Producer } from '../client/producer.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import {
  collect,
  countArgument,
  examples,
  note,
  parsePairs,
  printJson,
  useClient,
  withCluster,
} from '../command-kit.ts'
import type { ClusterOptions, Format } from '../command-kit.ts'
import { UsageError } from '../failure.ts'
import { readInput } from '../input/record-input.ts'
import type { InputOptions } from '../input/record-input.ts'
import { Progress } from '../progress.ts'
import { stopSignal } from '../stop-signal.ts'
import { unescape } from '../text/escapes.ts'

interface ProduceOptions extends ClusterOptions {
  readonly format: Format
  readonly key?: string
  readonly keyDelimiter?: string
  readonly header?: readonly string[]
  readonly null?: true
  readonly partition?: number
  readonly timestamp?: number
  readonly delimiter: string
  readonly whole?: true
  readonly keepPartition?: true
  readonly acks: '-1' | 'all' | '0' | '1'
  readonly compression: 'none' | Codec
  readonly compressionLevel?: number
  /** Undefined: where it can be had. */
  readonly idempotent?: boolean
  readonly verbose?: true
}

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

export function register(program: Command): void {
  const command = program
    .command('produce')
    .description('Write records to a topic: a line of stdin or of files each')
    .argument('<topic>')
    .argument('[file...]', 'files to read instead of stdin')
  addInputOptions(withCluster(command))
  addDeliveryOptions(command)
  command
    .addHelpText(
      'after',
      examples(
        'echo hello | highwater produce greetings',
        'highwater produce orders -K: -z zstd orders.txt           lines such as key:value',
        "echo 'k:' | highwater produce users -K: -Z                a tombstone for k",
        'highwater produce images --key logo --whole logo.png',
        'highwater consume orders -e --format json | highwater produce copy --format json -b other:9092',
      ) + JSON_HELP,
    )
    .action((topic: string, files: string[], options: ProduceOptions) =>
      useClient(options, (client) => produce(client, topic, files, options)),
    )
}

const JSON_HELP = `
JSON records: {"key":"k","payload":"v","headers":["name","value"],"ts":1700000000000}
  Key, payload and header values are strings, null, or {"base64":"..."}; all may be left out. "value" stands for
  "payload". Lines of 'consume --format json' are such records; with --keep-partition they keep their partition.
`

function addInputOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '-f, --format <format>',
        'of the input; json: one object a line, and a summary as JSON on stdout',
      )
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('-k, --key <key>', 'for records without a key of their own')
    .option(
      '-K, --key-delimiter <text>',
      'lines are key, delimiter, value; escapes as \\t or \\x1f',
    )
    .option('-H, --header <name=value>', 'added to every record; may be repeated', collect)
    .option('-Z, --null', 'an empty key or value is null: a tombstone')
    .option('-p, --partition <number>', 'for all records; default: by the key', countArgument(0))
    .option('-T, --timestamp <time>', 'for all records: ISO 8601 or ms; default: now', timeArgument)
    .option('-D, --delimiter <text>', 'between records; escapes as \\0', '\\n')
    .option('--whole', 'each file, or all of stdin, is one record')
    .option('--keep-partition', 'JSON records go to the partition they name')
}

function addDeliveryOptions(command: Command): void {
  command
    .addOption(
      new Option('-a, --acks <acks>', 'who must have it: all in-sync replicas, the leader, nobody')
        .choices(['all', '-1', '1', '0'])
        .default('all'),
    )
    .addOption(
      new Option('-z, --compression <codec>', 'of batches').choices(CODECS).default('none'),
    )
    .option('--compression-level <level>', 'of gzip and zstd', countArgument(1))
    .option(
      '--idempotent',
      'no duplicates through retries; the default with acks=all, where allowed',
    )
    .option('--no-idempotent', 'retries may write a record twice')
    .option('-v, --verbose', 'print partition and offsets of what was acknowledged')
}

function timeArgument(text: string): number {
  const timestampMs = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isNaN(timestampMs)) {
    throw new UsageError(`Cannot read the time '${text}': wanted ISO 8601 or milliseconds`)
  }
  return timestampMs
}

interface Summary {
  records: number
  readonly partitions: Map<number, { records: number; firstOffset: number; lastOffset: number }>
}

async function produce(
  client: ClusterClient,
  topic: string,
  files: readonly string[],
  options: ProduceOptions,
): Promise<void> {
  const input = inputOptions(options)
  const summary: Summary = { records: 0, partitions: new Map() }
  const isTyped = files.length === 0 && process.stdin.isTTY
  if (isTyped) note('one record a line; Ctrl-D ends')
  const isSilent = options.verbose === true || isTyped
  const progress = await Progress.start('records', null, !isSilent)
  try {
    const producer = await Producer.open(client, topic, {
      acks: acksOf(options),
      codec: options.compression === 'none' ? 'uncompressed' : options.compression,
      compressionLevel: options.compressionLevel ?? null,
      idempotence: idempotenceOf(options),
      onAcked: (partition, baseOffset, count) => {
        progress.add(count)
        addTo(summary, partition, baseOffset, count)
        if (options.verbose === true) printAcked(topic, partition, baseOffset, count)
      },
    })
    await feed(producer, files, input)
  } finally {
    progress.stop()
  }
  report(topic, summary, options)
}

/** What was read before an error in the input is produced all the same. */
async function feed(
  producer: Producer,
  files: readonly string[],
  input: InputOptions,
): Promise<void> {
  try {
    for await (const records of readInput(files, input, stopSignal())) {
      for (const record of records) producer.add(record)
      await producer.room()
    }
  } finally {
    await producer.flush()
  }
}

function inputOptions(options: ProduceOptions): InputOptions {
  const delimiter = unescape(options.delimiter)
  const keyDelimiter = options.keyDelimiter === undefined ? null : unescape(options.keyDelimiter)
  if (delimiter.length === 0 || keyDelimiter?.length === 0)
    throw new UsageError('Cannot use an empty delimiter')
  return {
    form: options.format,
    delimiter,
    isWhole: options.whole === true,
    keyDelimiter,
    emptyIsNull: options.null === true,
    key: options.key === undefined ? null : Buffer.from(options.key),
    headers: parsePairs(options.header ?? []).map(([key, value]) => ({
      key,
      value: Buffer.from(value),
    })),
    partition: options.partition ?? null,
    timestampMs: options.timestamp ?? null,
    keepsPartition: options.keepPartition === true,
  }
}

function acksOf({ acks }: ProduceOptions): Acks {
  if (acks === '0') return 0
  return acks === '1' ? 1 : -1
}

function idempotenceOf(options: ProduceOptions): 'auto' | 'required' | 'off' {
  const { idempotent } = options
  if (acksOf(options) === -1) {
    if (idempotent === undefined) return 'auto'
    return idempotent ? 'required' : 'off'
  }
  if (idempotent === true) throw new UsageError('Cannot be idempotent without --acks all')
  return 'off'
}

function addTo(summary: Summary, partition: number, baseOffset: number, records: number): void {
  summary.records += records
  const known = summary.partitions.get(partition)
  const lastOffset = baseOffset < 0 ? -1 : baseOffset + records - 1
  if (known === undefined) {
    summary.partitions.set(partition, { records, firstOffset: baseOffset, lastOffset })
  } else {
    known.records += records
    known.lastOffset = lastOffset
  }
}

function printAcked(topic: string, partition: number, baseOffset: number, count: number): void {
  const offsets = baseOffset < 0 ? 'unknown' : `${baseOffset}..${baseOffset + count - 1}`
  process.stderr.write(`${topic}-${partition}: ${count} records, offsets ${offsets}\n`)
}

function report(topic: string, { records, partitions }: Summary, { format }: ProduceOptions): void {
  if (format === 'json') {
    const sorted = [...partitions].sort(([a], [b]) => a - b)
    return printJson({
      topic,
      records,
      partitions: sorted.map(([partition, rest]) => ({ partition, ...rest })),
    })
  }
  if (process.stderr.isTTY) process.stderr.write(`Produced ${records} records to ${topic}\n`)
}
