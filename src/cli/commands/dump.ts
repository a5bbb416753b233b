import { existsSync, statSync } from 'node:fs'
import { Option } from 'commander'
import type { Command } from 'commander'
import { countArgument, examples, failPartly, printText, withFormat } from '../command-kit.ts'
import type { Format, FormatOptions } from '../command-kit.ts'
import { dumpLogDir, dumpPartitionDir, isPartitionDir } from '../dump/directory.ts'
import { fileKind, recordKind } from '../dump/file-kind.ts'
import {
  dumpOffsetIndex,
  dumpProducerSnapshot,
  dumpTimeIndex,
  dumpTxnIndex,
} from '../dump/index-files.ts'
import { itemToJson, itemToText } from '../dump/item.ts'
import type { Item } from '../dump/item.ts'
import { dumpSegment } from '../dump/segment.ts'
import { recordShower } from '../dump/show-record.ts'
import { dumpCheckpoint, dumpJson, dumpProperties } from '../dump/text-files.ts'
import { UsageError } from '../failure.ts'
import { Progress } from '../progress.ts'
import { writeOut } from '../stdout.ts'
import { ByteBuilder } from '../text/byte-builder.ts'

interface DumpOptions extends FormatOptions {
  /** Undefined: where they are decoded. */
  readonly records?: boolean
  readonly as: 'auto' | 'plain' | 'metadata' | 'offsets'
  readonly from?: number
  readonly to?: number
}

export function register(program: Command): void {
  withFormat(
    program
      .command('dump')
      .description(
        "Show what is in the files of a log directory, Highwater's or Apache Kafka's; nothing is ever written",
      )
      .argument('<path...>', 'files, partition directories, log directories'),
  )
    .option('-r, --records', 'show records; the default for metadata and __consumer_offsets')
    .option('--no-records', 'show batches only')
    .addOption(
      new Option('--as <records>', 'what the records are; auto: by the name of the directory')
        .choices(['auto', 'plain', 'metadata', 'offsets'])
        .default('auto'),
    )
    .option('--from <offset>', 'leave out batches before it', countArgument(0))
    .option('--to <offset>', 'leave out batches from it on', countArgument(0))
    .addHelpText('after', HELP)
    .action((paths: string[], options: DumpOptions) => dump(paths, options))
}

const HELP = `
Files: segments (.log), .index, .timeindex, .txnindex, producer snapshots (.snapshot), metadata snapshots
  (.checkpoint), leader-epoch and offset checkpoints, partition.metadata, meta.properties, quorum-state.
Every CRC is checked, and every entry of an offset index against its segment. Problems are lines of their own; with
any, the exit code is 1. With --format json every line is an object with the name of its file.
${examples(
  'highwater dump data                                             the partitions of a log directory',
  'highwater dump data/orders-0                                    its segments',
  'highwater dump data/orders-0/00000000000000000000.log -r --from 100 --to 200',
  'highwater dump data/__cluster_metadata-0/*.log --format json',
  'highwater dump /var/lib/kafka/data/__consumer_offsets-12/*.log',
)}`

async function dump(paths: readonly string[], options: DumpOptions): Promise<void> {
  const progress = await Progress.start('lines', null, !process.stdout.isTTY)
  try {
    for (const [index, path] of paths.entries()) {
      if (!existsSync(path)) throw new UsageError(`Cannot dump ${path}: there is no such file`)
      if (options.format === 'text' && paths.length > 1) {
        printText(`${index === 0 ? '' : '\n'}${path}`)
      }
      await print(path, itemsOf(path, options), options.format, progress)
    }
  } finally {
    progress.stop()
  }
}

function itemsOf(path: string, options: DumpOptions): Iterable<Item> {
  if (statSync(path).isDirectory()) {
    return isPartitionDir(path) ? dumpPartitionDir(path) : dumpLogDir(path)
  }
  switch (fileKind(path)) {
    case 'segment':
    case 'metadataSnapshot':
      return dumpSegment(path, segmentOptions(path, options))
    case 'offsetIndex':
      return dumpOffsetIndex(path)
    case 'timeIndex':
      return dumpTimeIndex(path)
    case 'txnIndex':
      return dumpTxnIndex(path)
    case 'producerSnapshot':
      return dumpProducerSnapshot(path)
    case 'checkpoint':
      return dumpCheckpoint(path)
    case 'properties':
      return dumpProperties(path)
    case 'json':
      return dumpJson(path)
    default:
      throw new UsageError(`Cannot dump ${path}: it has no name of a file in a log directory`)
  }
}

function segmentOptions(path: string, options: DumpOptions): Parameters<typeof dumpSegment>[1] {
  const asked = options.as === 'offsets' ? 'groupOffsets' : options.as
  const kind = asked === 'auto' ? recordKind(path) : asked
  const showsRecords = options.records ?? kind !== 'plain'
  return {
    showRecord: showsRecords ? recordShower(kind) : null,
    from: options.from ?? 0,
    to: options.to ?? Infinity,
  }
}

const FLUSH_BYTES = 64 * 1024

async function print(
  path: string,
  items: Iterable<Item>,
  format: Format,
  progress: Progress,
): Promise<void> {
  const out = new ByteBuilder()
  let count = 0
  for (const item of items) {
    if (item.kind === 'problem') failPartly()
    const line = format === 'json' ? itemToJson({ ...item, path }) : itemToText(item)
    out.text(`${line}\n`)
    count += 1
    if (out.size < FLUSH_BYTES) continue
    progress.add(count)
    count = 0
    await writeOut(out.take())
    // Decompressed records are freed in a later turn of the loop only.
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
  progress.add(count)
  await writeOut(out.take())
}
