import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Exhibit } from './exhibit.ts'

export interface Shown {
  /** The first seed that showed the bug; null: none did within the stated number. */
  readonly seed: number | null
  /** What the checker said. */
  readonly complaint: string
  readonly seconds: number
  readonly output: string
}

const MAIN = join(import.meta.dirname, '../main.ts')

/** Runs an exhibit in a process of its own, until its bug is found or its seeds are used up. */
export async function show({ name, seeds }: Exhibit): Promise<Shown> {
  const startMs = performance.now()
  const args = [MAIN, '--exhibit', name, '--seeds', String(seeds), '--lines', '0']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  await new Promise<void>((resolve) => child.once('close', () => resolve()))
  const found = /^seed (\d+): (.*)$/m.exec(output)
  return {
    seed: found === null ? null : Number(found[1]),
    complaint: found?.[2] ?? '',
    seconds: (performance.now() - startMs) / 1000,
    output,
  }
}
