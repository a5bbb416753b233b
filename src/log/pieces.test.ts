/** The small pieces of the room that others stand on. */
import { afterAll, describe, expect, test } from 'vitest'
import { LOG_CONFIG_DEFAULTS } from './config.ts'
import { FileCache, PooledFile } from './file-cache.ts'
import { countExpired } from './retention.ts'
import { SharedTask } from './shared-task.ts'
import { run, Running, runLater, runNow } from './steps.ts'
import type { Steps } from './steps.ts'
import { FaultyDisk, realDisk, temporaryDirectory } from './test-support.ts'

const dir = temporaryDirectory()
afterAll(() => realDisk.removeTree(dir))

describe('a cache of open files', () => {
  test('opens no more than it may, and what was closed opens again', async () => {
    const cache = new FileCache(realDisk, 3)
    const files = Array.from({ length: 10 }, (_, i) => new PooledFile(cache, `${dir}/f${i}`))
    for (const [i, file] of files.entries()) {
      file.create()
      file.write([Buffer.from([i])], 0)
      expect(cache.openCount).toBeLessThanOrEqual(3)
    }
    for (const [i, file] of files.entries()) {
      const byte = Buffer.alloc(1)
      expect(file.read(byte, 0)).toBe(1)
      expect(byte[0]).toBe(i)
      await file.readLater(byte, 0)
    }
    expect(cache.openCount).toBe(3)
    for (const file of files) file.close()
    expect(cache.openCount).toBe(0)
  })

  test('keeps what was used lately, and what is in use, above the limit if need be', async () => {
    const cache = new FileCache(realDisk, 2)
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(
      (name) => new PooledFile(cache, `${dir}/${name}`),
    ) as [PooledFile, PooledFile, PooledFile, PooledFile]
    for (const file of [a, b, c, d]) {
      realDisk.writeFile(file.path, Buffer.from('x'))
    }
    const byte = Buffer.alloc(1)
    const reads = [a, b, c].map((file) => file.readLater(byte, 0))
    expect(cache.openCount).toBe(3)
    await Promise.all(reads)
    d.read(byte, 0)
    expect(cache.openCount).toBeLessThanOrEqual(2)
  })

  test('does not make files that are gone', () => {
    const cache = new FileCache(realDisk, 2)
    expect(() => new PooledFile(cache, `${dir}/gone`).read(Buffer.alloc(1), 0)).toThrow('ENOENT')
    expect(realDisk.exists(`${dir}/gone`)).toBe(false)
  })

  test('gives up descriptors of its own when the process has none left', () => {
    const faults = new FaultyDisk()
    const cache = new FileCache(faults.disk, 100)
    const files = Array.from({ length: 5 }, (_, i) => new PooledFile(cache, `${dir}/g${i}`))
    for (const file of files) file.create()
    let times = 0
    faults.fault = (action) => (action === 'create' && ++times === 1 ? 'TOO_MANY_FILES' : null)
    new PooledFile(cache, `${dir}/one-more`).create()
    expect(cache.openCount).toBe(1)
  })
})

describe('steps', () => {
  const cache = new FileCache(realDisk, 10)
  realDisk.writeFile(`${dir}/digits`, Buffer.from('0123456789'))
  const file = new PooledFile(cache, `${dir}/digits`)

  function* digits(hot: (index: number) => boolean, count = 4): Steps<string> {
    let text = ''
    for (let position = 0; position < count; position++) {
      text += (yield { file, position, sizeBytes: 1, hot: hot(position) }).toString()
    }
    return text
  }

  test('give the same however they are run; only cold ones take a promise', async () => {
    expect(runNow(digits(() => false))).toBe('0123')
    expect(await runLater(digits(() => true))).toBe('0123')
    expect(run(digits(() => true))).toBe('0123')
    const mixed = run(digits((index) => index !== 2))
    expect(mixed).toBeInstanceOf(Promise)
    expect(await mixed).toBe('0123')
  })

  test('that are under way can be finished at once; both get the same', async () => {
    const running = new Running(digits(() => false, 10))
    await new Promise((resolve) => setImmediate(resolve))
    expect(running.finish()).toBe('0123456789')
    expect(await running.done).toBe('0123456789')
    expect(running.finish()).toBe('0123456789')
  })

  test('an error reaches whoever waits, and whoever finishes', async () => {
    function* failing(): Steps<string> {
      yield { file, position: 0, sizeBytes: 1, hot: false }
      throw new Error('no')
    }
    const running = new Running(failing())
    expect(() => running.finish()).toThrow('no')
    await expect(running.done).rejects.toThrow('no')
    const missing = new PooledFile(cache, `${dir}/missing`)
    function* catching(): Steps<string> {
      try {
        yield { file: missing, position: 0, sizeBytes: 1, hot: false }
      } catch {
        return 'caught'
      }
      return 'not caught'
    }
    expect([runNow(catching()), await runLater(catching())]).toEqual(['caught', 'caught'])
  })
})

describe('a shared task', () => {
  test('whoever asks while it runs shares the next run', async () => {
    const finish: (() => void)[] = []
    const task = new SharedTask(() => new Promise((resolve) => finish.push(resolve)))
    const first = task.request()
    const [second, third] = [task.request(), task.request()]
    expect(finish.length).toBe(1)
    finish[0]?.()
    await first
    await Promise.resolve()
    expect(finish.length).toBe(2)
    finish[1]?.()
    await Promise.all([second, third])
    await task.idle()
    expect(finish.length).toBe(2)
  })

  test('a run that fails is the failure of those who asked for it, not of the next', async () => {
    let runs = 0
    const task = new SharedTask(() =>
      ++runs === 1 ? Promise.reject(new Error('no')) : Promise.resolve(),
    )
    const [first, second] = [task.request(), task.request()]
    await expect(first).rejects.toThrow('no')
    await second
    await task.idle()
  })
})

describe('what retention lets go', () => {
  const log = { logStart: 0, highWatermark: 100, nowMs: 1000 }
  const config = { ...LOG_CONFIG_DEFAULTS, retentionMs: 100, retentionBytes: -1 }
  const segment = (
    offsetEnd: number,
    timestampMs: number,
    sizeBytes = 10,
  ): { sizeBytes: number; offsetEnd: number; timestampMs: number } => ({
    sizeBytes,
    offsetEnd,
    timestampMs,
  })

  test('by age: only from the beginning, strictly older than allowed', () => {
    expect(countExpired([segment(10, 899), segment(20, 900), segment(30, 1)], log, config)).toBe(1)
    expect(countExpired([segment(10, 1), segment(20, 1)], log, config)).toBe(2)
    expect(
      countExpired([segment(10, 1), segment(20, 1)], log, { ...config, retentionMs: -1 }),
    ).toBe(0)
  })

  test('by size: what can go without falling below', () => {
    const bySize = { ...config, retentionMs: -1, retentionBytes: 15 }
    expect(countExpired([segment(10, 1), segment(20, 1), segment(30, 1)], log, bySize)).toBe(1)
    expect(countExpired([segment(10, 1, 100), segment(20, 1, 14)], log, bySize)).toBe(0)
    expect(countExpired([segment(10, 1)], log, { ...bySize, retentionBytes: 0 })).toBe(1)
  })

  test('nothing above the high watermark, nothing of an empty last segment, nothing without the policy', () => {
    expect(
      countExpired([segment(10, 1), segment(20, 1)], { ...log, highWatermark: 19 }, config),
    ).toBe(1)
    expect(countExpired([segment(10, 1), segment(10, 1, 0)], log, config)).toBe(1)
    expect(countExpired([segment(10, 1)], log, { ...config, cleanupDelete: false })).toBe(0)
  })

  test('what lies in front of the log start, with any policy', () => {
    const compact = { ...config, cleanupDelete: false }
    expect(
      countExpired(
        [segment(10, 1), segment(20, 1), segment(30, 1)],
        { ...log, logStart: 20 },
        compact,
      ),
    ).toBe(2)
    expect(countExpired([segment(10, 1)], { ...log, logStart: 10 }, compact)).toBe(0)
  })
})
