import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFile } from './lock.ts'

const LOCK_MODULE = join(import.meta.dirname, 'lock.ts')
/** Locks the file of its argument, says how that went, and stays. */
const HOLDER = `
  import { lockFile } from ${JSON.stringify(LOCK_MODULE)}
  try { lockFile(process.argv[1]); console.log('held') } catch (error) { console.log(error.code) }
  setInterval(() => {}, 1000)
`

let directory = ''
let children: ChildProcess[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'highwater-lock-'))
})

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  rmSync(directory, { recursive: true, force: true })
})

async function holder(path: string): Promise<{ child: ChildProcess; said: string; noise: string }> {
  const args = ['--input-type=module', '-e', HOLDER, path]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let noise = ''
  child.stderr.on('data', (chunk: Buffer) => (noise += chunk.toString()))
  const said = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()))
    child.once('exit', () => resolve(`exited: ${noise}`))
  })
  return { child, said, noise }
}

function codeOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
  return 'no error'
}

describe('lockFile()', () => {
  it('keeps another process out, and is free again at once after kill -9', async () => {
    const path = join(directory, '.lock')
    const { child, said, noise } = await holder(path)
    expect([said, noise]).toEqual(['held', ''])
    expect(codeOf(() => lockFile(path))).toBe('LOCKED')
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    expect(readdirSync(directory)).toEqual(['.lock'])
    const release = lockFile(path)
    expect((await holder(path)).said).toBe('LOCKED')
    release()
    expect((await holder(path)).said).toBe('held')
  })

  it('names what is wrong with the path', () => {
    expect(codeOf(() => lockFile(join(directory, 'missing', '.lock')))).toBe('NOT_FOUND')
    const foreign = join(directory, 'foreign')
    writeFileSync(foreign, 'this is no lock file')
    expect(codeOf(() => lockFile(foreign))).toBe('OTHER')
    const { getuid } = process
    if (getuid !== undefined && getuid() !== 0) {
      chmodSync(directory, 0o500)
      expect(codeOf(() => lockFile(join(directory, '.lock')))).toBe('DENIED')
      chmodSync(directory, 0o700)
    }
  })
})
