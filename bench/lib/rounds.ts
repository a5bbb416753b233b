/** Several servers under one load, in turn, and their figures side by side. */
import { figuresOf, median } from './figures.ts'
import type { Server } from './servers.ts'
import type { Table } from './table.ts'

/** What one run moved. */
export interface Run {
  readonly records: number
  /** What the case counts, in one direction. */
  readonly bytes: number
  readonly seconds: number
}

interface Measured {
  readonly recordsPerSecond: number
  readonly megabytesPerSecond: number
  readonly cpuSecondsPerGigabyte: number
}

export interface Contest {
  readonly name: string
  /** The first is the one that the others are held against. */
  readonly servers: readonly Server[]
  readonly rounds: number
  readonly run: (server: Server) => Promise<Run>
}

/** Runs the load on each server in turn, A B B A, so that drift hits all alike, and reports the medians. */
export async function compare(
  table: Table,
  { name, servers, rounds, run }: Contest,
): Promise<void> {
  const all = new Map<Server, Measured[]>(servers.map((server) => [server, []]))
  for (let round = 0; round < rounds; round++) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
      all.get(server)?.push(await measure(server, run))
    }
  }
  const [ours] = servers
  for (const server of servers) {
    const of = (key: keyof Measured): number => median((all.get(server) ?? []).map((m) => m[key]))
    // Rounds pair up what ran close together.
    const ratio = (key: keyof Measured): string => {
      const base = all.get(ours as Server) ?? []
      const ratios = (all.get(server) ?? []).map((m, round) => (base[round]?.[key] ?? NaN) / m[key])
      return median(ratios).toFixed(2)
    }
    table.row({
      case: name,
      server: server.name,
      'records/s': Math.round(of('recordsPerSecond')),
      'MB/s': Math.round(of('megabytesPerSecond')),
      'CPU-s/GB': of('cpuSecondsPerGigabyte').toFixed(2),
      'ratio of MB/s': ratio('megabytesPerSecond'),
      'ratio of CPU': ratio('cpuSecondsPerGigabyte'),
    })
  }
}

async function measure(server: Server, run: Contest['run']): Promise<Measured> {
  const before = figuresOf(server.pid).cpuSeconds
  const { records, bytes, seconds } = await run(server)
  const cpuSeconds = figuresOf(server.pid).cpuSeconds - before
  return {
    recordsPerSecond: records / seconds,
    megabytesPerSecond: bytes / 1e6 / seconds,
    cpuSecondsPerGigabyte: cpuSeconds / (bytes / 1e9),
  }
}
