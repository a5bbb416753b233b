/** Plans as files, in the form that Kafka's own tool reads and writes: `{"version":1,"partitions":[{"topic","partition","replicas"}]}`. */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { partitionName } from '../client/partitions.ts'
import { UsageError } from '../failure.ts'
import type { Placement } from './planner.ts'

/** @param path `-`: stdin; rejects with UsageError */
export async function readPlan(path: string): Promise<Placement[]> {
  try {
    return parsePlan(path === '-' ? await text(process.stdin) : readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UsageError(`Cannot read the plan ${path}: ${(error as Error).message}`)
  }
}

/** Throws an Error that says what is wrong. */
export function parsePlan(json: string): Placement[] {
  const { version, partitions } = asObject(JSON.parse(json), 'the plan')
  if (version !== 1) throw new Error(`found version ${JSON.stringify(version)}, wanted 1`)
  if (!Array.isArray(partitions)) throw new Error("wanted a list 'partitions'")
  const placements = partitions.map(placementOf)
  const names = new Set<string>()
  for (const placement of placements) {
    const name = partitionName(placement)
    if (names.has(name)) throw new Error(`${name} stands in it twice`)
    names.add(name)
  }
  return placements
}

function placementOf(value: unknown, index: number): Placement {
  const what = `partitions[${index}]`
  const { topic, partition, replicas, log_dirs: logDirs } = asObject(value, what)
  if (typeof topic !== 'string' || topic === '') throw new Error(`${what}: wanted a topic`)
  if (!isId(partition)) throw new Error(`${what}: wanted the number of a partition`)
  const isList = Array.isArray(replicas) && replicas.length > 0 && replicas.every(isId)
  if (!isList || new Set(replicas).size !== replicas.length)
    throw new Error(`${what}: wanted replicas, a list of different broker ids`)
  if (Array.isArray(logDirs) && logDirs.some((dir) => dir !== 'any'))
    throw new Error(`${what}: log directories cannot be chosen, wanted "any"`)
  return { topic, partition, replicas }
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw new Error(`${what}: wanted an object`)
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

/** What {@link parsePlan} reads, before JSON.stringify. */
export function planAsJson(placements: readonly Placement[]): {
  readonly version: 1
  readonly partitions: readonly Placement[]
} {
  const partitions = placements.map(({ topic, partition, replicas }) => ({
    topic,
    partition,
    replicas,
  }))
  return { version: 1, partitions }
}
