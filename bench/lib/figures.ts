/** What the kernel says of a process: the same for our node, for the floor program and for Apache Kafka. */
import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

export interface ProcessFigures {
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly openFiles: number
}

export function figuresOf(pid: number): ProcessFigures {
  // Fields after the command name, which may hold spaces: utime and stime are the 14th and 15th of proc_pid_stat(5).
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const residentKib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
  return {
    cpuSeconds: (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND,
    residentBytes: residentKib * 1024,
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const high = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2
}
