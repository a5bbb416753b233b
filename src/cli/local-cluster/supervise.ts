import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { bootstrapOf } from './plan.ts'
import type { LocalNode } from './plan.ts'

interface NodeProcess {
  readonly node: LocalNode
  readonly child: ChildProcess
  readonly ready: Promise<boolean>
  readonly gone: Promise<void>
}

/**
 * Runs each node in a process of its own until SIGTERM or SIGINT, which stops them all. A node that dies is reported, and the others go on.
 *
 * @param extra more `key=value` for every node; they win
 * @returns the exit code: 0, or 1 when no node was left
 */
export async function superviseLocalCluster(
  nodes: readonly LocalNode[],
  extra: readonly string[],
): Promise<number> {
  let isStopping = false
  const processes = nodes.map((node) => startNode(node, extra, () => isStopping))
  const stop = (): void => {
    // A second signal would end a node in the middle of its stop.
    if (isStopping) return
    isStopping = true
    for (const { child } of processes) if (isRunning(child)) child.kill('SIGTERM')
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  const started = await Promise.all(processes.map(({ ready }) => ready))
  if (started.every(Boolean)) {
    process.stdout.write(`Highwater is ready: bootstrap.servers=${bootstrapOf(nodes)}\n`)
  } else if (!isStopping) {
    stop()
    await Promise.all(processes.map(({ gone }) => gone))
    return 1
  }
  await Promise.all(processes.map(({ gone }) => gone))
  return isStopping ? 0 : 1
}

function startNode(
  node: LocalNode,
  extra: readonly string[],
  isStopping: () => boolean,
): NodeProcess {
  const settings = [...node.properties].map(([key, value]) => `${key}=${value}`)
  const args = [...settings, ...extra].flatMap((setting) => ['--set', setting])
  const entry = process.argv[1] as string
  const child = spawn(process.execPath, [...process.execArgv, entry, 'start', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const name = `node ${node.id}`
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : signal
      const others = isStopping() ? '' : '; the others go on'
      process.stderr.write(`[${name}] stopped: ${how}${others}\n`)
      resolve()
    })
  })
  const ready = new Promise<boolean>((resolve) => {
    prefixLines(child.stdout, name, process.stdout, (line) => {
      if (line.includes('is ready')) resolve(true)
    })
    void gone.then(() => resolve(false))
  })
  prefixLines(child.stderr, name, process.stderr, () => {})
  return { node, child, ready, gone }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}

function prefixLines(
  from: NodeJS.ReadableStream | null,
  name: string,
  to: NodeJS.WritableStream,
  onLine: (line: string) => void,
): void {
  if (from === null) return
  createInterface({ input: from }).on('line', (line) => {
    to.write(`[${name}] ${line}\n`)
    onLine(line)
  })
}
