/** A mixed workload: every codec, several segments, groups, deleted records, both timestamp types, a compacted topic. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '../harness/processes.ts'
import { codecs } from './records.ts'
import { lines, type Tools } from './tools.ts'

/** Segments of the smallest size that Kafka allows, so that little data fills several; many index entries. */
const SMALL_SEGMENTS = { 'segment.bytes': '1048576', 'index.interval.bytes': '1024' }

/** Creates the workload's topics, all named `PREFIX-...`. */
export async function createTopics(tools: Tools, prefix: string): Promise<void> {
  for (const codec of codecs) await tools.createTopic(`${prefix}-${codec}`, 2, SMALL_SEGMENTS)
  const gzip = { ...SMALL_SEGMENTS, 'compression.type': 'gzip' }
  await tools.createTopic(`${prefix}-recompressed`, 1, gzip)
  await tools.createTopic(`${prefix}-compacted`, 1, { 'cleanup.policy': 'compact' })
  const appendTime = { 'message.timestamp.type': 'LogAppendTime' }
  await tools.createTopic(`${prefix}-append-time`, 1, appendTime)
}

/**
 * One round: `round` makes its records different from those of other rounds; `bulkRecords` records of 1,000 bytes go
 * to the topic of every codec.
 */
export async function writeRound(
  tools: Tools,
  prefix: string,
  round: number,
  bulkRecords: number,
): Promise<void> {
  const numbers = ['--num-records', String(bulkRecords), '--record-size', '1000']
  for (const codec of codecs) {
    const topic = `${prefix}-${codec}`
    const settings = ['--throughput', '-1', '--command-property', `compression.type=${codec}`]
    await tools.run('producerPerformance', ['--topic', topic, ...numbers, ...settings])
  }
  const some = Array.from(
    { length: 100 },
    (_, index) => `key-${index % 10}:round ${round}, ${index}`,
  )
  await tools.produce(`${prefix}-recompressed`, some, ['--compression-codec', 'lz4'])
  await tools.produce(`${prefix}-append-time`, some)
  const tombstones = [...some, 'key-1:NULL', 'key-2:NULL']
  const marker = ['--reader-property', 'null.marker=NULL']
  await tools.produce(`${prefix}-compacted`, tombstones, marker)
  await tools.produce(`${prefix}-none`, some, ['--command-property', 'enable.idempotence=false'])
}

/** Lets a group read and commit `count` records of the workload's `none` topic. */
export async function commitSome(tools: Tools, prefix: string, count: number): Promise<void> {
  const group = ['--topic', `${prefix}-none`, '--group', `${prefix}-group`, '--from-beginning']
  await tools.run('consoleConsumer', [...group, '--max-messages', String(count)])
}

/** Deletes the first `before` records of partition 0 of the workload's `gzip` topic. */
export async function deleteSome(tools: Tools, prefix: string, before: number): Promise<void> {
  const file = join(temporaryFolder('records'), 'offsets.json')
  const partitions = [{ topic: `${prefix}-gzip`, partition: 0, offset: before }]
  writeFileSync(file, JSON.stringify({ partitions, version: 1 }))
  await tools.run('deleteRecords', ['--offset-json-file', file])
}

/** Everything that a client can see of the workload, as text that can be compared. */
export interface Sight {
  /** every record with partition, offset, timestamp, key and value */
  readonly records: readonly string[]
  /** start and end of every partition */
  readonly offsets: readonly string[]
  /** ids, partitions and configs of the topics */
  readonly topics: readonly string[]
  /** what the group has committed */
  readonly committed: readonly string[]
  /** the idempotent producers of one partition */
  readonly producers: readonly string[]
}

/** Looks at everything. */
export async function look(tools: Tools, prefix: string): Promise<Sight> {
  const sorted = (text: string): string[] => lines(text).sort()
  const named = `${prefix}-.*`
  const starts = sorted(await tools.run('offsets', ['--topic', named, '--time', 'earliest']))
  const ends = sorted(await tools.run('offsets', ['--topic', named, '--time', 'latest']))
  const sum = (rows: readonly string[]): number =>
    rows.reduce((total, row) => total + Number(row.split(':')[2]), 0)
  const group = ['--describe', '--group', `${prefix}-group`]
  const producers = ['describe-producers', '--topic', `${prefix}-zstd`, '--partition', '0']
  return {
    records: await tools.consume(named, sum(ends) - sum(starts)),
    offsets: [...starts, ...ends],
    topics: sorted(await tools.run('topics', ['--describe', '--topic', named])),
    committed: sorted(await tools.run('consumerGroups', group)),
    producers: sorted(await tools.run('transactions', producers)),
  }
}

/** Throws with the first difference between what was seen before and what is seen now. */
export function expectSameSight(now: Sight, before: Sight): void {
  for (const what of ['offsets', 'topics', 'committed', 'producers', 'records'] as const) {
    const [found, wanted] = [now[what], before[what]]
    const index = wanted.findIndex((line, at) => line !== found[at])
    if (index >= 0 || found.length !== wanted.length) {
      const show = (rows: readonly string[]): string =>
        (rows[Math.max(index, 0)] ?? '').slice(0, 300)
      const counts = `${wanted.length} and ${found.length} lines`
      throw new Error(`${what} (${counts}): wanted "${show(wanted)}", found "${show(found)}"`)
    }
  }
}
