/** From exec to the first acknowledged produce, and what an idle node takes. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Child, freePorts, projectRoot, temporaryFolder } from '../../test/harness/processes.ts'
import { figuresOf, median } from '../lib/figures.ts'
import { makeBatch, produceFrame } from '../lib/frames.ts'
import { createTopic, highwaterArgs, startHighwater } from '../lib/servers.ts'
import type { Table } from '../lib/table.ts'

const ROUNDS = 7

/** Sends one produce as soon as the port opens; resolves when it is acknowledged. */
function produceOnce(port: number, frame: Buffer, untilMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const attempt = (): void => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true })
      socket.once('connect', () => socket.write(frame))
      socket.once('data', () => {
        socket.destroy()
        resolve()
      })
      socket.once('error', () => {
        socket.destroy()
        if (performance.now() > untilMs) reject(new Error(`Nothing answered on port ${port}`))
        else setTimeout(attempt, 2)
      })
    }
    attempt()
  })
}

export async function startCase(table: Table, _options: { apache: boolean }): Promise<void> {
  const logDir = join(temporaryFolder('start'), 'data')
  const first = await startHighwater({}, logDir)
  await createTopic(first.port, 'bench', 1)
  await first.stop()
  const { batch } = makeBatch({ name: '', recordBytes: 100, batchBytes: 1 })
  const frame = produceFrame('bench', 0, batch)
  const bare: number[] = []
  const ready: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const bareStart = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    bare.push(performance.now() - bareStart)
    const [port] = await freePorts(1)
    const startMs = performance.now()
    const child = new Child(process.execPath, [
      join(projectRoot, 'bin', 'highwater.cjs'),
      ...highwaterArgs(port as number, logDir, {}),
    ])
    await produceOnce(port as number, frame, startMs + 20_000)
    ready.push(performance.now() - startMs)
    await child.stop()
  }
  rmSync(logDir, { recursive: true, force: true })
  table.row({
    case: 'exec to first acknowledged produce',
    'median ms': Math.round(median(ready)),
    'bare node -e 0, ms': Math.round(median(bare)),
    'limit ms (the larger of 350 and 2 x bare + 100)': Math.round(
      Math.max(350, 2 * median(bare) + 100),
    ),
  })
}

const MANY = 10_000

export async function memoryCase(table: Table): Promise<void> {
  const logDir = join(temporaryFolder('memory'), 'data')
  const settings = { 'http.listener': '127.0.0.1:0' }
  const node = await startHighwater(settings, logDir)
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const idle = figuresOf(node.pid)
  const createMs = performance.now()
  await createTopic(node.port, 'many', MANY)
  const createdMs = performance.now() - createMs
  await new Promise((resolve) => setTimeout(resolve, 3000))
  const many = figuresOf(node.pid)
  await node.stop()
  const restart = async (
    kill: boolean,
  ): Promise<{ ms: number; residentBytes: number; openFiles: number }> => {
    const startMs = performance.now()
    const again = await startHighwater(settings, logDir)
    const ms = performance.now() - startMs
    const figures = figuresOf(again.pid)
    if (kill) process.kill(again.pid, 'SIGKILL')
    else await again.stop()
    return { ms, ...figures }
  }
  const clean = await restart(true)
  const unclean = await restart(false)
  rmSync(logDir, { recursive: true, force: true })
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0)
  table.row({
    case: `${MANY} empty partitions`,
    'idle MB': megabytes(idle.residentBytes),
    'with partitions MB': megabytes(many.residentBytes),
    'added MB': megabytes(many.residentBytes - idle.residentBytes),
    'open files': many.openFiles,
    'create ms': Math.round(createdMs),
    'restart ms, clean': Math.round(clean.ms),
    'restart ms, after kill -9': Math.round(unclean.ms),
    'MB after restart': megabytes(clean.residentBytes),
  })
}
