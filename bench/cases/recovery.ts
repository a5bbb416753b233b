/** `kill -9` under load with gigabytes of log, then exec to the first acknowledged produce. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/harness/processes.ts'
import { makeBatch, produceFrame } from '../lib/frames.ts'
import { pump } from '../lib/pump.ts'
import { createTopic, startHighwater } from '../lib/servers.ts'
import type { Table } from '../lib/table.ts'

export async function recoveryCase(
  table: Table,
  { durationMs }: { durationMs: number },
): Promise<void> {
  for (const flush of ['false', 'true']) {
    const logDir = join(temporaryFolder('recovery'), 'data')
    const settings = { 'log.flush.before.ack': flush }
    const node = await startHighwater(settings, logDir)
    await createTopic(node.port, 'bench', 4)
    const { batch } = makeBatch({ name: '', recordBytes: 1024, batchBytes: 1024 * 1024 - 2048 })
    const frames = [0, 1, 2, 3].map((partition) => produceFrame('bench', partition, batch))
    const load = pump({
      port: node.port,
      connections: 4,
      inFlight: 3,
      durationMs: durationMs * 2,
      next: (connection) => frames[connection] as Buffer,
      check: () => {},
    }).catch(() => null)
    await new Promise((resolve) => setTimeout(resolve, durationMs * 2 - 500))
    process.kill(node.pid, 'SIGKILL')
    await load
    const startMs = performance.now()
    const again = await startHighwater(settings, logDir)
    const probe = produceFrame(
      'bench',
      0,
      makeBatch({ name: '', recordBytes: 100, batchBytes: 1 }).batch,
    )
    await pump({
      port: again.port,
      connections: 4,
      inFlight: 1,
      durationMs: 1,
      next: () => probe,
      check: () => {},
    })
    const recoveredMs = performance.now() - startMs
    const logBytes = await sizeOf(logDir)
    await again.stop()
    rmSync(logDir, { recursive: true, force: true })
    table.row({
      case: `kill -9 under load, flush before ack ${flush}`,
      'log GB': (logBytes / 1e9).toFixed(2),
      'exec to first acknowledged produce, ms': Math.round(recoveredMs),
    })
  }
}

async function sizeOf(dir: string): Promise<number> {
  const { readdir, stat } = await import('node:fs/promises')
  let total = 0
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) total += (await stat(join(entry.parentPath, entry.name))).size
  }
  return total
}
