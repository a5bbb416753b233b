/** From "topics, partitions and a range" to the offsets of each partition. */
import { UsageError } from '../failure.ts'
import { resolveOffset } from '../text/offset-spec.ts'
import type { LogEnds, OffsetRange, OffsetSpec } from '../text/offset-spec.ts'
import type { ClusterClient } from './cluster-client.ts'
import type { PartitionPlan } from './fetch-loop.ts'
import { END, listOffsets, START } from './list-offsets.ts'
import type { Isolation } from './list-offsets.ts'
import { partitionName } from './partitions.ts'
import type { TopicPartition } from './partitions.ts'

/** The partitions of topics, or those of them with the given numbers. Throws KafkaError, UsageError. */
export async function partitionsOf(
  client: ClusterClient,
  topics: readonly string[],
  numbers: readonly number[] | null,
): Promise<TopicPartition[]> {
  const found: TopicPartition[] = []
  for (const topic of topics) {
    const { partitions } = await client.topic(topic)
    const existing = partitions.map(({ partitionIndex }) => partitionIndex).sort((a, b) => a - b)
    for (const partition of numbers ?? existing) {
      if (!existing.includes(partition)) {
        throw new UsageError(
          `Cannot use partition ${partition} of topic '${topic}': it has ${existing.length}, from 0 on`,
        )
      }
      found.push({ topic, partition })
    }
  }
  return found
}

/** Start and end of partitions by {@link partitionName}. */
export async function logEnds(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  isolation: Isolation = 'read_uncommitted',
): Promise<Map<string, LogEnds>> {
  const [starts, ends] = await Promise.all([
    listOffsets(client, partitions, START, isolation),
    listOffsets(client, partitions, END, isolation),
  ])
  return new Map(
    partitions.map((partition) => {
      const name = partitionName(partition)
      return [name, { start: starts.get(name) ?? 0, end: ends.get(name) ?? 0 }]
    }),
  )
}

/** What `spec` means in each partition, by {@link partitionName}. */
export async function resolveOffsets(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  spec: OffsetSpec,
  ends: ReadonlyMap<string, LogEnds>,
): Promise<Map<string, number>> {
  const times =
    spec.kind === 'time' ? await listOffsets(client, partitions, spec.timestampMs) : new Map()
  return new Map(
    partitions.map((partition) => {
      const name = partitionName(partition)
      const byTime: unknown = times.get(name)
      const known = ends.get(name) ?? { start: 0, end: 0 }
      return [name, resolveOffset(spec, known, typeof byTime === 'number' ? byTime : -1)]
    }),
  )
}

export interface PlanOptions {
  readonly range: OffsetRange
  /** Stop at the end that the log has now. */
  readonly stopsAtEnd: boolean
  readonly isolation: Isolation
  readonly warn: (message: string) => void
}

/** Where to begin and end in each partition. */
export async function planPartitions(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  { range, stopsAtEnd, isolation, warn }: PlanOptions,
): Promise<PartitionPlan[]> {
  const ends = await logEnds(client, partitions, isolation)
  const froms = await resolveOffsets(client, partitions, range.from, ends)
  const tos = range.to === null ? null : await resolveOffsets(client, partitions, range.to, ends)
  return partitions.map(({ topic, partition }) => {
    const name = partitionName({ topic, partition })
    const known = ends.get(name) ?? { start: 0, end: 0 }
    const asked = froms.get(name) ?? known.start
    const from = within(asked, known)
    if (from !== asked) {
      warn(`${name}: offset ${asked} lies outside ${known.start} to ${known.end}; using ${from}`)
    }
    const limits = [tos?.get(name) ?? Infinity, stopsAtEnd ? known.end : Infinity]
    const to = Math.min(...limits)
    return { topic, partition, from, to: to === Infinity ? null : to }
  })
}

function within(offset: number, { start, end }: LogEnds): number {
  return Math.min(Math.max(offset, start), end)
}
