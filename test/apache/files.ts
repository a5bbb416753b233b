/** Apache Kafka's DumpLogSegments over every file of a log directory: what it complains of, and what it saw. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { javaTool } from '../harness/apache.ts'

const CLASS = 'org.apache.kafka.tools.DumpLogSegments'

/** What DumpLogSegments found in one log directory. */
export interface Dump {
  /** everything that is not as it should be; empty when the files are well */
  readonly complaints: string[]
  /** how many files it read */
  readonly files: number
  /** per topic: the codecs of its batches */
  readonly codecs: ReadonlyMap<string, ReadonlySet<string>>
  /** per topic: the records in its segments */
  readonly records: ReadonlyMap<string, number>
  /** per topic: how many segments it has */
  readonly segments: ReadonlyMap<string, number>
}

/** Reads every segment, index, time index, transaction index, producer snapshot and metadata snapshot. */
export async function dumpLogDir(logDir: string): Promise<Dump> {
  const folders = readdirSync(logDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /-\d+$/.test(entry.name))
    .map((entry) => entry.name)
  const filesOf = (suffix: RegExp, wanted: RegExp): string[] =>
    folders
      .filter((folder) => wanted.test(folder))
      .flatMap((folder) =>
        readdirSync(join(logDir, folder)).map((file) => join(logDir, folder, file)),
      )
      .filter((file) => suffix.test(file))
  const all = filesOf(/\.(log|index|timeindex|txnindex|snapshot)$/, /./)
  const indexes = filesOf(/\.(index|timeindex)$/, /./).filter((file) => statSync(file).size > 0)
  const offsets = filesOf(/\.log$/, /^__consumer_offsets-/).filter(
    (file) => statSync(file).size > 0,
  )
  const metadata = filesOf(/\.(log|checkpoint)$/, /^__cluster_metadata-/)
  // The tool overlooks half an entry at the end of an index.
  const complaints = indexes
    .filter((file) => statSync(file).size % (file.endsWith('.timeindex') ? 12 : 8) !== 0)
    .map((file) => `${file}: ${statSync(file).size} bytes are not a whole number of entries`)
  const dump = async (files: readonly string[], args: readonly string[]): Promise<string> => {
    if (files.length === 0) return ''
    const list = ['--files', files.join(',')]
    const { code, stdoutBytes, stderr } = await javaTool(CLASS, [...list, ...args])
    const stdout = stdoutBytes.toString('latin1')
    if (code !== 0) complaints.push(`${args.join(' ')}: exit ${code}`)
    complaints.push(...complaintsOf(stdout, stderr))
    return stdout
  }
  const text = await dump(all, ['--deep-iteration'])
  await dump(indexes, ['--index-sanity-check'])
  await dump(offsets, ['--deep-iteration', '--offsets-decoder'])
  await dump(metadata, ['--deep-iteration', '--cluster-metadata-decoder'])
  return { complaints, files: all.length + metadata.length, ...summarize(text) }
}

/**
 * What the tool complains of. It starts counting offsets at 0 in every file, so it calls the first record of every
 * segment but the first non-consecutive, Apache Kafka's own segments too: that one is no complaint.
 */
function complaintsOf(stdout: string, stderr: string): string[] {
  const bad =
    /isvalid: false|invalid bytes at the end|Error at offset|Unknown record type|Could not/
  const found = stdout.split('\n').filter((line) => bad.test(line))
  const said = stderr.split('\n').filter((line) => line.trim() !== '')
  let heading = ''
  for (const line of said) {
    if (/^\s+-1 is followed by \d+$/.test(line)) continue
    if (line.startsWith('Non-consecutive offsets in ')) {
      heading = line
      continue
    }
    found.push(/is followed by/.test(line) ? `${heading}: ${line.trim()}` : line)
  }
  return found
}

function summarize(text: string): Omit<Dump, 'complaints' | 'files'> {
  const codecs = new Map<string, Set<string>>()
  const records = new Map<string, number>()
  const segments = new Map<string, number>()
  let topic = ''
  for (const line of text.split('\n')) {
    const file = /^Dumping .*\/([^/]+)-\d+\/\d+\.(\w+)$/.exec(line)
    if (file !== null) {
      topic = file[1] ?? ''
      if (file[2] === 'log') segments.set(topic, (segments.get(topic) ?? 0) + 1)
    } else if (line.startsWith('| offset:')) {
      records.set(topic, (records.get(topic) ?? 0) + 1)
    } else if (line.startsWith('baseOffset:')) {
      const codec = /compresscodec: (\w+)/.exec(line)?.[1] ?? ''
      codecs.set(topic, (codecs.get(topic) ?? new Set()).add(codec))
    }
  }
  return { codecs, records, segments }
}
