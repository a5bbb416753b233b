import { describe, expect, it } from 'vitest'
import { DiskError } from '../src/io/index.ts'
import type { Disk, DiskFile } from '../src/io/index.ts'
import { PAGE_BYTES } from './file-image.ts'
import { World } from './index.ts'
import type { Machine, SimProcess } from './index.ts'

interface Setup {
  readonly world: World
  readonly machine: Machine
  readonly process: SimProcess
  readonly disk: Disk
  readonly file: DiskFile
}

/** A machine with the file /f, its name synced. */
async function setup(seed: number, capacityBytes = 2 ** 30): Promise<Setup> {
  const world = new World({ seed })
  const machine = world.machine('a', { disk: { capacityBytes } })
  const process = machine.process('p')
  const { disk } = process.io
  const file = disk.open('/f', 'create')
  await world.settle(disk.syncDirectory('/'))
  return { world, machine, process, disk, file }
}

function codeOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return error instanceof DiskError ? error.code : String(error)
  }
  return 'no error'
}

async function laterCodeOf(world: World, call: Promise<unknown>): Promise<string> {
  try {
    await world.settle(call)
  } catch (error) {
    return error instanceof DiskError ? error.code : String(error)
  }
  return 'no error'
}

const read = (disk: Disk, path = '/f'): string => disk.readFile(path).toString()

describe('a failed sync', () => {
  const failing = { operations: ['sync'], effect: { kind: 'fail', code: 'IO' } } as const

  it('lies afterwards, as on ext4: the next one succeeds, and the bytes are gone', async () => {
    const outcomes = new Set<string>()
    for (let seed = 1; seed <= 60; seed++) {
      const { world, machine, disk, file } = await setup(seed)
      file.write([Buffer.from('before')], 0)
      await world.settle(file.sync())
      file.write([Buffer.from('AFTER!')], 0)
      machine.volume.inject(failing)
      expect(await laterCodeOf(world, file.sync())).toBe('IO')
      expect(read(disk)).toBe('AFTER!')
      expect(await laterCodeOf(world, file.sync())).toBe('no error')
      machine.powerCut()
      machine.powerOn()
      outcomes.add(read(machine.process('q').io.disk))
    }
    expect([...outcomes].sort()).toEqual(['AFTER!', 'before'])
  })

  it('syncNow() does the same', async () => {
    const outcomes = new Set<string>()
    for (let seed = 1; seed <= 60; seed++) {
      const { machine, file } = await setup(seed)
      file.write([Buffer.from('gone?')], 0)
      machine.volume.inject(failing)
      expect(codeOf(() => file.syncNow())).toBe('IO')
      file.syncNow()
      outcomes.add(machine.volume.durableBytes('/f').toString())
    }
    expect([...outcomes].sort()).toEqual(['', 'gone?'])
  })

  it('shows when the page cache lets go', async () => {
    const outcomes = new Set<string>()
    for (let seed = 1; seed <= 60; seed++) {
      const { world, machine, disk, file } = await setup(seed)
      file.write([Buffer.from('old')], 0)
      file.syncNow()
      file.write([Buffer.from('new')], 0)
      machine.volume.inject(failing)
      await laterCodeOf(world, file.sync())
      machine.volume.dropCaches()
      outcomes.add(read(disk))
    }
    expect([...outcomes].sort()).toEqual(['new', 'old'])
  })

  it('is undone for a page that is written again, and only for that one', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { machine, disk, file } = await setup(seed)
      file.write([Buffer.alloc(2 * PAGE_BYTES, 'a')], 0)
      machine.volume.inject(failing)
      expect(codeOf(() => file.syncNow())).toBe('IO')
      file.write([Buffer.from('b')], 10)
      file.syncNow()
      const durable = machine.volume.durableBytes('/f')
      const first = read(disk).slice(0, PAGE_BYTES)
      expect(durable.subarray(0, PAGE_BYTES).toString()).toBe(first)
      expect([PAGE_BYTES, 2 * PAGE_BYTES]).toContain(durable.length)
    }
  })

  it('does not touch what is written while it fails', async () => {
    const { world, machine, file } = await setup(1)
    machine.volume.inject(failing)
    const synced = file.sync()
    file.write([Buffer.from('later')], 0)
    expect(await laterCodeOf(world, synced)).toBe('IO')
    await world.settle(file.sync())
    expect(machine.volume.durableBytes('/f').toString()).toBe('later')
  })
})

describe('injected faults', () => {
  it('hit the n-th operation of a kind on a path, as often as asked', async () => {
    const { machine, disk, file } = await setup(1)
    const other = disk.open('/g', 'create')
    machine.volume.inject({
      operations: ['write'],
      path: /f$/,
      nth: 3,
      times: 2,
      effect: { kind: 'fail', code: 'IO', afterBytes: 0 },
    })
    const results = [1, 2, 3, 4, 5].map((value) => {
      other.write([Buffer.from('x')], 0)
      return codeOf(() => file.write([Buffer.from(String(value))], 0))
    })
    expect(results).toEqual(['no error', 'no error', 'IO', 'IO', 'no error'])
    expect(read(disk)).toBe('5')
  })

  it('can be taken away', async () => {
    const { machine, file } = await setup(1)
    const remove = machine.volume.inject({
      times: Infinity,
      effect: { kind: 'fail', code: 'NO_SPACE' },
    })
    expect(codeOf(() => file.size())).toBe('NO_SPACE')
    expect(codeOf(() => file.truncate(1))).toBe('NO_SPACE')
    remove()
    expect(codeOf(() => file.truncate(1))).toBe('no error')
  })

  it('leave a short write behind', async () => {
    const lengths = new Set<number>()
    for (let seed = 1; seed <= 40; seed++) {
      const { machine, disk, file } = await setup(seed)
      const effect = { kind: 'fail', code: 'IO' } as const
      machine.volume.inject({ operations: ['write'], effect })
      expect(codeOf(() => file.write([Buffer.from('abcd'), Buffer.from('efgh')], 0))).toBe('IO')
      expect('abcdefgh'.startsWith(read(disk))).toBe(true)
      lengths.add(read(disk).length)
    }
    expect(lengths.has(0)).toBe(true)
    expect(lengths.size).toBeGreaterThan(3)
  })

  it('can be swept over every operation of a piece of work', async () => {
    const work = async (disk: Disk): Promise<void> => {
      const file = disk.open('/tmp', 'create')
      file.write([Buffer.from('content')], 0)
      await file.sync()
      file.close()
      disk.rename('/tmp', '/final')
      await disk.syncDirectory('/')
    }
    const clean = await setup(1)
    const before = clean.machine.volume.operationCount
    await clean.world.settle(work(clean.disk))
    const count = clean.machine.volume.operationCount - before
    expect(count).toBe(5)
    for (let nth = 1; nth <= count; nth++) {
      const { world, machine, disk } = await setup(nth)
      machine.volume.inject({ nth, effect: { kind: 'fail', code: 'IO' } })
      expect(await laterCodeOf(world, work(disk))).toBe('IO')
    }
    for (const when of ['before', 'midway', 'after'] as const) {
      for (const kind of ['kill', 'powerCut'] as const) {
        for (let nth = 1; nth <= count; nth++) {
          const { world, machine } = await setup(nth)
          machine.volume.inject({ nth, effect: { kind, when } })
          const process = machine.start('work', ({ io }) => work(io.disk))
          await world.run()
          expect(process.isDead).toBe(true)
          if (kind === 'powerCut') machine.powerOn()
          const survivor = machine.process('q').io.disk
          if (survivor.exists('/final')) expect(read(survivor, '/final')).toBe('content')
        }
      }
    }
  })

  it('delay what waits for the device', async () => {
    const { world, machine, file } = await setup(1)
    machine.volume.inject({ operations: ['sync'], effect: { kind: 'delay', delayMs: 5_000 } })
    await world.settle(file.sync())
    expect(world.nowMs).toBeGreaterThan(5_000)
    machine.volume.stall(60_000)
    await world.settle(file.readLater(Buffer.alloc(1), 0))
    expect(world.nowMs).toBeGreaterThan(65_000)
  })
})

describe('a dead process', () => {
  it('has no effect any more, whatever its code still does', async () => {
    const { world, machine, process, disk, file } = await setup(1)
    const { clock, network, telemetry } = process.io
    const seen: string[] = []
    machine.volume.inject({ operations: ['write'], effect: { kind: 'kill', when: 'before' } })
    const main = async (): Promise<void> => {
      try {
        file.write([Buffer.from('x')], 0)
      } catch (error) {
        seen.push((error as Error).name)
      }
      telemetry.log('info', 'ghost', 'Boo.')
      clock.after(1, () => seen.push('timer'))
      clock.soon(() => seen.push('soon'))
      expect(() => disk.writeFile('/ghost', Buffer.from('x'))).toThrow('dead')
      void network.listen({ host: '127.0.0.1', port: 1 }, () => {}).then(() => seen.push('port'))
      await file.sync()
      seen.push('synced')
    }
    void main()
    await world.run()
    expect(seen).toEqual(['KilledError'])
    expect(process.telemetry.lines).toEqual([])
    expect(machine.process('q').io.disk.exists('/ghost')).toBe(false)
  })

  it('does not make the run fail by the error up its stack', async () => {
    const { world, machine } = await setup(1)
    machine.volume.inject({ operations: ['stat'], effect: { kind: 'kill', when: 'before' } })
    machine.start('main', async ({ io }) => {
      await Promise.resolve()
      void (async () => {
        await Promise.resolve()
        io.disk.stat('/')
      })()
    })
    await world.run()
  })

  it('gives up its locks and files', async () => {
    const { machine, process, disk } = await setup(1)
    disk.lock('/.lock')
    const survivor = machine.process('q').io.disk
    expect(codeOf(() => survivor.lock('/.lock'))).toBe('LOCKED')
    process.kill()
    expect(codeOf(() => survivor.lock('/.lock'))).toBe('no error')
  })

  it('may or may not have done the write that was under way', async () => {
    const outcomes = new Set<string>()
    for (let seed = 1; seed <= 60; seed++) {
      const { machine, process, file } = await setup(seed)
      void file.writeLater([Buffer.from('ab')], 0)
      process.kill()
      outcomes.add(read(machine.process('q').io.disk))
    }
    expect([...outcomes].sort()).toEqual(['', 'a', 'ab'])
  })
})

describe('a volume', () => {
  it('is full at its capacity, keeps what fitted, and takes more when there is space', async () => {
    const { disk, file } = await setup(1, 4 * PAGE_BYTES)
    disk.writeFile('/g', Buffer.alloc(PAGE_BYTES))
    expect(codeOf(() => file.write([Buffer.alloc(4 * PAGE_BYTES, 'x')], 0))).toBe('NO_SPACE')
    expect(file.size()).toBe(3 * PAGE_BYTES)
    expect(disk.space('/').freeBytes).toBe(0)
    expect(codeOf(() => file.write([Buffer.from('y')], 0))).toBe('no error')
    expect(codeOf(() => file.write([Buffer.from('y')], file.size()))).toBe('NO_SPACE')
    disk.removeFile('/g')
    expect(codeOf(() => file.write([Buffer.from('y')], file.size()))).toBe('no error')
    file.truncate(0)
    expect(disk.space('/').freeBytes).toBe(4 * PAGE_BYTES)
  })

  it('frees the space of a removed file when it is closed', async () => {
    const { disk, file } = await setup(1, 4 * PAGE_BYTES)
    file.write([Buffer.from('x')], 0)
    disk.removeFile('/f')
    expect(disk.space('/').freeBytes).toBe(3 * PAGE_BYTES)
    file.close()
    expect(disk.space('/').freeBytes).toBe(4 * PAGE_BYTES)
  })

  it('has room for what survived a power cut, and no more', async () => {
    const { machine, disk, file } = await setup(3, 8 * PAGE_BYTES)
    file.write([Buffer.alloc(PAGE_BYTES)], 0)
    file.syncNow()
    disk.writeFile('/unsynced', Buffer.alloc(5 * PAGE_BYTES))
    machine.powerCut()
    machine.powerOn()
    const after = machine.process('q').io.disk
    const used = after
      .list('/')
      .reduce((sum, { name }) => sum + (after.stat(`/${name}`)?.sizeBytes ?? 0), 0)
    const pages = Math.ceil(used / PAGE_BYTES)
    expect(after.space('/').freeBytes).toBe((8 - pages) * PAGE_BYTES)
  })

  it('rots by the bit, in the cache and on the device', async () => {
    const { machine, disk, file } = await setup(1)
    file.write([Buffer.from([0, 0, 0])], 0)
    file.syncNow()
    machine.volume.flipBit('/f', 1, 7)
    expect([...disk.readFile('/f')]).toEqual([0, 0x80, 0])
    machine.powerCut()
    machine.powerOn()
    const after = machine.process('q').io.disk
    expect([...after.readFile('/f')]).toEqual([0, 0x80, 0])
    machine.volume.overwrite('/f', 2, Buffer.from([1, 2, 3]))
    expect([...after.readFile('/f')]).toEqual([0, 0x80, 1])
  })

  it('limits the open files of a process', () => {
    const world = new World({ seed: 1 })
    const { disk } = world.machine('a', { disk: { openFilesMax: 2 } }).process('p').io
    const first = disk.open('/1', 'create')
    disk.open('/2', 'create')
    expect(codeOf(() => disk.open('/3', 'create'))).toBe('TOO_MANY_FILES')
    first.close()
    expect(codeOf(() => disk.open('/3', 'create'))).toBe('no error')
  })
})
