import { describe, expect } from 'vitest'
import { DiskError } from './disk.ts'
import type { Disk, DiskErrorCode, DiskFile } from './disk.ts'
import { conforms } from './harness.conformance.ts'
import type { MakeHarness } from './harness.conformance.ts'

/** What every {@link Disk} must do while no fault happens. */
export function diskConformance(name: string, make: MakeHarness): void {
  describe(`${name} conforms to Disk: files`, () => files(make))
  describe(`${name} conforms to Disk: names`, () => names(make))
}

function codeOf(call: () => unknown): DiskErrorCode | 'no error' {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(DiskError)
    return (error as DiskError).code
  }
  return 'no error'
}

async function laterCodeOf(call: () => Promise<unknown>): Promise<DiskErrorCode | 'no error'> {
  try {
    await call()
  } catch (error) {
    expect(error).toBeInstanceOf(DiskError)
    return (error as DiskError).code
  }
  return 'no error'
}

function contentOf(file: DiskFile): string {
  const target = Buffer.alloc(file.size())
  expect(file.read(target, 0)).toBe(target.length)
  return target.toString('latin1')
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function namesIn(disk: Disk, path: string): string[] {
  return disk
    .list(path)
    .map((entry) => `${entry.name}:${entry.kind}`)
    .sort()
}

function files(make: MakeHarness): void {
  conforms(make, 'open() keeps to its modes', ({ io: { disk }, root }) => {
    const path = `${root}/a`
    expect(codeOf(() => disk.open(path, 'read'))).toBe('NOT_FOUND')
    expect(codeOf(() => disk.open(path, 'write'))).toBe('NOT_FOUND')
    expect(codeOf(() => disk.open(`${root}/missing/a`, 'create'))).toBe('NOT_FOUND')
    disk.open(path, 'exclusive').close()
    expect(codeOf(() => disk.open(path, 'exclusive'))).toBe('EXISTS')
    const created = disk.open(path, 'create')
    created.write([bytes('kept')], 0)
    created.close()
    const again = disk.open(path, 'create')
    expect(contentOf(again)).toBe('kept')
    again.close()
    const reader = disk.open(path, 'read')
    expect(codeOf(() => reader.write([bytes('x')], 0))).toBe('OTHER')
    expect(contentOf(reader)).toBe('kept')
    reader.close()
  })

  conforms(make, 'write() gathers its buffers at the position', ({ io: { disk }, root }) => {
    const file = disk.open(`${root}/a`, 'create')
    expect(file.write([bytes('hello'), bytes(''), bytes(' '), bytes('world')], 0)).toBe(11)
    expect(file.write([bytes('J')], 0)).toBe(1)
    expect(file.write([], 3)).toBe(0)
    expect(file.write([bytes('')], 100)).toBe(0)
    expect(contentOf(file)).toBe('Jello world')
    expect(file.write([bytes('!')], 13)).toBe(1)
    expect(contentOf(file)).toBe('Jello world\0\0!')
    file.close()
  })

  conforms(make, 'write() takes more buffers than one system call', ({ io: { disk }, root }) => {
    const file = disk.open(`${root}/a`, 'create')
    const buffers = Array.from({ length: 3_000 }, (_, i) => bytes(`${i},`))
    const whole = buffers.join('')
    expect(file.write(buffers, 5)).toBe(whole.length)
    expect(contentOf(file)).toBe(`\0\0\0\0\0${whole}`)
    file.close()
  })

  conforms(make, 'writeLater() does the same', async ({ io: { disk }, root }) => {
    const file = disk.open(`${root}/a`, 'create')
    const buffers = Array.from({ length: 3_000 }, (_, i) => bytes(`${i},`))
    const whole = buffers.join('')
    expect(await file.writeLater(buffers, 3)).toBe(whole.length)
    expect(await file.writeLater([], 0)).toBe(0)
    expect(contentOf(file)).toBe(`\0\0\0${whole}`)
    file.close()
  })

  conforms(make, 'read() stops at the end of the file', async ({ io: { disk }, root }) => {
    const file = disk.open(`${root}/a`, 'create')
    file.write([bytes('0123456789')], 0)
    const target = Buffer.alloc(6, '.')
    expect(file.read(target, 7)).toBe(3)
    expect(target.toString()).toBe('789...')
    expect(file.read(target, 10)).toBe(0)
    expect(file.read(target, 1_000)).toBe(0)
    expect(await file.readLater(target, 2)).toBe(6)
    expect(target.toString()).toBe('234567')
    expect(await file.readLater(target, 8)).toBe(2)
    expect(await file.readLater(target, 50)).toBe(0)
    file.close()
  })

  conforms(make, 'truncate() cuts and extends with zeros', ({ io: { disk }, root }) => {
    const file = disk.open(`${root}/a`, 'create')
    file.write([bytes('0123456789')], 0)
    file.truncate(4)
    expect(contentOf(file)).toBe('0123')
    file.truncate(7)
    expect(contentOf(file)).toBe('0123\0\0\0')
    file.write([bytes('x')], 8)
    expect(contentOf(file)).toBe('0123\0\0\0\0x')
    file.close()
  })

  conforms(make, 'sync() succeeds, and again', async ({ io: { disk }, root }) => {
    const file = disk.open(`${root}/a`, 'create')
    file.write([bytes('abc')], 0)
    await Promise.all([file.sync(), file.sync()])
    file.syncNow()
    expect(contentOf(file)).toBe('abc')
    file.close()
  })

  conforms(make, 'two openings show one file', ({ io, other, root }) => {
    const writer = io.disk.open(`${root}/a`, 'create')
    const reader = other.disk.open(`${root}/a`, 'read')
    writer.write([bytes('shared')], 0)
    expect(contentOf(reader)).toBe('shared')
    writer.close()
    reader.close()
  })

  conforms(make, 'an open file outlives its name', async ({ io: { disk }, root }) => {
    const file = disk.open(`${root}/a`, 'create')
    file.write([bytes('still')], 0)
    disk.removeFile(`${root}/a`)
    file.write([bytes(' here')], 5)
    await file.sync()
    expect(contentOf(file)).toBe('still here')
    expect(disk.exists(`${root}/a`)).toBe(false)
    file.close()
  })

  conforms(make, 'a closed file refuses everything', async ({ io: { disk }, root }) => {
    const file = disk.open(`${root}/a`, 'create')
    file.close()
    file.close()
    const target = Buffer.alloc(1)
    expect(codeOf(() => file.size())).toBe('OTHER')
    expect(codeOf(() => file.read(target, 0))).toBe('OTHER')
    expect(codeOf(() => file.write([target], 0))).toBe('OTHER')
    expect(codeOf(() => file.truncate(0))).toBe('OTHER')
    expect(codeOf(() => file.syncNow())).toBe('OTHER')
    expect(await laterCodeOf(() => file.sync())).toBe('OTHER')
    expect(await laterCodeOf(() => file.readLater(target, 0))).toBe('OTHER')
    expect(await laterCodeOf(() => file.writeLater([target], 0))).toBe('OTHER')
  })

  conforms(make, 'close() lets calls under way finish', async ({ io: { disk }, root }) => {
    const file = disk.open(`${root}/a`, 'create')
    const written = file.writeLater([bytes('under way')], 0)
    const synced = file.sync()
    file.close()
    // Where descriptors are numbers, this one would take the place of the other.
    const next = disk.open(`${root}/b`, 'create')
    expect(await written).toBe(9)
    await synced
    expect(next.size()).toBe(0)
    next.close()
    expect(disk.readFile(`${root}/a`).toString()).toBe('under way')
  })
}

function names(make: MakeHarness): void {
  conforms(make, 'writeFile() replaces, readFile() reads all', ({ io: { disk }, root }) => {
    expect(codeOf(() => disk.readFile(`${root}/a`))).toBe('NOT_FOUND')
    expect(codeOf(() => disk.writeFile(`${root}/x/a`, bytes('1')))).toBe('NOT_FOUND')
    disk.writeFile(`${root}/a`, bytes('longer text'))
    disk.writeFile(`${root}/a`, bytes('short'))
    expect(disk.readFile(`${root}/a`).toString()).toBe('short')
    disk.writeFile(`${root}/a`, bytes(''))
    expect(disk.readFile(`${root}/a`)).toHaveLength(0)
  })

  conforms(make, 'stat() and exists() tell what is there', ({ io: { disk, clock }, root }) => {
    expect(disk.stat(`${root}/a`)).toBeNull()
    expect(disk.stat(`${root}/a/b/c`)).toBeNull()
    expect(disk.exists(`${root}/a`)).toBe(false)
    disk.writeFile(`${root}/a`, bytes('123'))
    const stat = disk.stat(`${root}/a`)
    expect(stat).toMatchObject({ kind: 'file', sizeBytes: 3 })
    expect(Math.abs((stat?.modifiedMs ?? 0) - clock.wallMs())).toBeLessThan(5_000)
    expect(disk.stat(root)?.kind).toBe('directory')
    expect(disk.exists(root)).toBe(true)
    expect(disk.stat(`${root}/a/below-a-file`)).toBeNull()
  })

  conforms(make, 'makeDirectory() makes what is missing', ({ io: { disk }, root }) => {
    disk.makeDirectory(`${root}/a/b/c`)
    disk.makeDirectory(`${root}/a/b/c`)
    disk.writeFile(`${root}/a/b/file`, bytes(''))
    expect(namesIn(disk, `${root}/a/b`)).toEqual(['c:directory', 'file:file'])
    expect(namesIn(disk, `${root}/a/b/c`)).toEqual([])
    expect(codeOf(() => disk.makeDirectory(`${root}/a/b/file`))).toBe('EXISTS')
    expect(codeOf(() => disk.list(`${root}/nowhere`))).toBe('NOT_FOUND')
    expect(codeOf(() => disk.list(`${root}/a/b/file`))).toBe('NOT_FOUND')
  })

  conforms(make, 'paths may be written in more than one way', ({ io: { disk }, root }) => {
    disk.makeDirectory(`${root}/a/b`)
    disk.writeFile(`${root}//a/./b/../file`, bytes('here'))
    expect(disk.readFile(`${root}/a/file`).toString()).toBe('here')
  })

  conforms(make, 'rename() replaces files and spares directories', ({ io: { disk }, root }) => {
    disk.makeDirectory(`${root}/d/inner`)
    disk.makeDirectory(`${root}/empty`)
    disk.writeFile(`${root}/a`, bytes('new'))
    disk.writeFile(`${root}/b`, bytes('old'))
    disk.rename(`${root}/a`, `${root}/b`)
    expect(disk.readFile(`${root}/b`).toString()).toBe('new')
    disk.rename(`${root}/b`, `${root}/d/b`)
    disk.rename(`${root}/d`, `${root}/e`)
    expect(namesIn(disk, root)).toEqual(['e:directory', 'empty:directory'])
    expect(namesIn(disk, `${root}/e`)).toEqual(['b:file', 'inner:directory'])
    expect(codeOf(() => disk.rename(`${root}/e`, `${root}/empty`))).toBe('EXISTS')
    expect(codeOf(() => disk.rename(`${root}/gone`, `${root}/x`))).toBe('NOT_FOUND')
    expect(codeOf(() => disk.rename(`${root}/e/b`, `${root}/gone/b`))).toBe('NOT_FOUND')
  })

  conforms(make, 'removing what is missing is no error', ({ io: { disk }, root }) => {
    disk.removeFile(`${root}/a`)
    disk.removeFile(`${root}/a/b`)
    disk.removeTree(`${root}/a/b`)
    disk.writeFile(`${root}/a`, bytes('x'))
    disk.removeFile(`${root}/a`)
    disk.makeDirectory(`${root}/t/u/v`)
    disk.writeFile(`${root}/t/u/f`, bytes('x'))
    disk.removeTree(`${root}/t`)
    expect(namesIn(disk, root)).toEqual([])
  })

  conforms(make, 'syncDirectory() wants a directory', async ({ io: { disk }, root }) => {
    disk.writeFile(`${root}/a`, bytes('x'))
    await disk.syncDirectory(root)
    await disk.syncDirectory(root)
    expect(await laterCodeOf(() => disk.syncDirectory(`${root}/nowhere`))).toBe('NOT_FOUND')
  })

  conforms(make, 'lock() keeps a second one out until released', ({ io, other, root }) => {
    const path = `${root}/.lock`
    expect(codeOf(() => io.disk.lock(`${root}/nowhere/.lock`))).toBe('NOT_FOUND')
    const release = io.disk.lock(path)
    expect(namesIn(io.disk, root)).toEqual(['.lock:file'])
    expect(io.disk.stat(path)?.sizeBytes).toBe(0)
    expect(codeOf(() => other.disk.lock(path))).toBe('LOCKED')
    expect(codeOf(() => io.disk.lock(path))).toBe('LOCKED')
    release()
    release()
    const releaseOther = other.disk.lock(path)
    release()
    expect(codeOf(() => io.disk.lock(path))).toBe('LOCKED')
    releaseOther()
    expect(namesIn(io.disk, root)).toEqual(['.lock:file'])
  })

  conforms(make, 'space() is of the file system', ({ io: { disk }, root }) => {
    const { freeBytes, totalBytes } = disk.space(root)
    expect(freeBytes).toBeGreaterThan(0)
    expect(totalBytes).toBeGreaterThanOrEqual(freeBytes)
  })
}
