/**
 * Child processes of the test suites. Every child leads its own process group, and every group is ended in every
 * outcome: when its owner stops it, when the suite ends, when the suite is interrupted or fails.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** The project's root folder. */
export const projectRoot = join(import.meta.dirname, '..', '..')

const children = new Set<Child>()
const folders = new Set<string>()

export interface ChildOptions {
  readonly cwd?: string | undefined
  /** added to this process's environment; undefined removes a variable */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly stdin?: string | Buffer
  readonly timeoutMs?: number
}

/** How a child ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One running child process, its output kept. */
export class Child {
  readonly command: string
  readonly ended: Promise<Ended>
  readonly pid: number
  readonly #process: ChildProcess
  readonly #listeners = new Set<() => void>()
  readonly #stdoutChunks: Buffer[] = []
  readonly #stderrChunks: Buffer[] = []

  constructor(file: string, args: readonly string[], options: ChildOptions = {}) {
    this.command = [file, ...args].join(' ').slice(0, 400)
    this.#process = spawn(file, args, {
      cwd: options.cwd ?? projectRoot,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.pid = this.#process.pid ?? -1
    children.add(this)
    this.#collect(this.#process.stdout, this.#stdoutChunks)
    this.#collect(this.#process.stderr, this.#stderrChunks)
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) => {
        this.#stderrChunks.push(Buffer.from(`start ${file}: ${error.message}`))
        children.delete(this)
        resolve({ code: 127, signal: null })
      })
      this.#process.once('close', (code, signal) => {
        children.delete(this)
        resolve({ code, signal })
        for (const listener of this.#listeners) listener()
      })
    })
    this.#process.stdin?.on('error', () => {})
    if (options.stdin !== undefined) this.#process.stdin?.end(options.stdin)
  }

  /** Everything on stdout so far, as bytes. */
  get stdoutBytes(): Buffer {
    return Buffer.concat(this.#stdoutChunks)
  }

  get stdout(): string {
    return this.stdoutBytes.toString('utf8')
  }

  get stderr(): string {
    return Buffer.concat(this.#stderrChunks).toString('utf8')
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** Writes to the child's stdin. */
  write(text: string): void {
    this.#process.stdin?.write(text)
  }

  endStdin(): void {
    this.#process.stdin?.end()
  }

  /** Sends a signal to the child's whole process group. */
  kill(signal: NodeJS.Signals): void {
    if (this.pid <= 0) return
    try {
      process.kill(-this.pid, signal)
    } catch {
      // The group has ended already.
    }
  }

  /** Ends the child: SIGTERM, after `graceMs` SIGKILL. */
  async stop(graceMs = 20_000): Promise<Ended> {
    if (this.running) this.kill('SIGTERM')
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs)
    const ended = await this.ended
    clearTimeout(timer)
    return ended
  }

  /** Waits until the output matches, or throws when the child ends or the time is over. */
  async waitForOutput(pattern: RegExp, timeoutMs: number): Promise<void> {
    const matches = (): boolean => pattern.test(this.stdout) || pattern.test(this.stderr)
    const { promise, resolve } = Promise.withResolvers<void>()
    const listener = (): void => {
      if (matches() || !this.running) resolve()
    }
    this.#listeners.add(listener)
    const timer = setTimeout(resolve, timeoutMs)
    listener()
    await promise
    clearTimeout(timer)
    this.#listeners.delete(listener)
    if (!matches()) throw new Error(`wait for ${pattern} of ${this.command}: ${this.lastWords()}`)
  }

  /** The end of what it printed, for error messages. */
  lastWords(): string {
    const state = this.running ? 'still running' : `ended with ${this.#process.exitCode}`
    return `${state}\nstdout: ${this.stdout.slice(-1500)}\nstderr: ${this.stderr.slice(-2500)}`
  }

  #collect(stream: Readable | null, chunks: Buffer[]): void {
    stream?.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      for (const listener of this.#listeners) listener()
    })
  }
}

/** What a finished command printed. */
export interface Finished extends Ended {
  readonly stdout: string
  readonly stdoutBytes: Buffer
  readonly stderr: string
}

/** Runs a command to its end. A command that takes longer than `timeoutMs` (default 120 s) is killed and throws. */
export async function run(
  file: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Finished> {
  const child = new Child(file, args, { stdin: '', ...options })
  const timeoutMs = options.timeoutMs ?? 120_000
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, timeoutMs)
  const ended = await child.ended
  clearTimeout(timer)
  if (late)
    throw new Error(`run ${child.command}: no end after ${timeoutMs} ms; ${child.lastWords()}`)
  return { ...ended, stdout: child.stdout, stdoutBytes: child.stdoutBytes, stderr: child.stderr }
}

/** Runs a command that must succeed: throws with what it printed when its exit code is not 0. */
export async function runOk(
  file: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Finished> {
  const finished = await run(file, args, options)
  if (finished.code !== 0) {
    const words = `stdout: ${finished.stdout.slice(-1500)}\nstderr: ${finished.stderr.slice(-2500)}`
    throw new Error(
      `run ${[file, ...args].join(' ').slice(0, 400)}: exit ${finished.code}\n${words}`,
    )
  }
  return finished
}

/** Whether a program is on the PATH. */
export async function hasProgram(name: string): Promise<boolean> {
  return (await run('sh', ['-c', `command -v ${name}`])).code === 0
}

/**
 * `count` TCP ports of 127.0.0.1 that are free now, all different. They lie below the range from which systems take
 * the ports of outgoing connections, so that none of those takes one while its server is down.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(10_000, 32_000)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** A new folder that is deleted when this process ends. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `highwater-${name}-`))
  folders.add(folder)
  return folder
}

/** Ends every child that still runs, and waits for it. */
export async function endAllChildren(): Promise<void> {
  const left = [...children]
  for (const child of left) child.kill('SIGTERM')
  const all = Promise.all(left.map((child) => child.ended))
  await Promise.race([all, sleep(10_000)])
  for (const child of children) child.kill('SIGKILL')
  await Promise.race([all, sleep(5_000)])
}

function endAtOnce(): void {
  for (const child of children) child.kill('SIGKILL')
  if (process.env['HIGHWATER_KEEP'] === '1') return
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

process.on('exit', endAtOnce)
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => process.exit(code))
}
