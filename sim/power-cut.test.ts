import { describe, expect, it } from 'vitest'
import { Prng } from '../src/base/index.ts'
import { GrowingBytes } from './bytes.ts'
import { FileImage, PAGE_BYTES, SECTOR_BYTES } from './file-image.ts'
import { World } from './index.ts'
import type { Machine } from './index.ts'

const SEEDS = 300

function machineOf(seed: number): Machine {
  const machine = new World({ seed }).machine('a')
  machine.process('setup').io.disk.makeDirectory('/d')
  return machine
}

/** Runs `before` on a machine, cuts its power, and returns what `after` finds. */
async function across<T>(
  seed: number,
  before: (machine: Machine) => Promise<void> | void,
  after: (machine: Machine) => T,
): Promise<T> {
  const machine = machineOf(seed)
  const { disk } = machine.process('sync').io
  await machine.world.settle(disk.syncDirectory('/'))
  await machine.world.settle((async () => before(machine))())
  machine.powerCut()
  machine.powerOn()
  return after(machine)
}

/** The different things that `after` finds, over many seeds, with how often. */
async function outcomes(
  before: (machine: Machine) => Promise<void> | void,
  after: (machine: Machine) => string,
): Promise<Map<string, number>> {
  const seen = new Map<string, number>()
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = await across(seed, before, after)
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
  }
  return seen
}

const diskOf = (machine: Machine) => machine.process('test').io.disk

function namesIn(machine: Machine, path: string): string {
  const names = diskOf(machine)
    .list(path)
    .map((entry) => entry.name)
  return names.sort().join(' ')
}

describe('bytes over a power cut', () => {
  it('each sector holds a state it went through since the last sync, and nothing else', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const prng = new Prng(seed)
      const image = new FileImage()
      const twin = new GrowingBytes()
      let history = [twin.slice(0, 0)]
      for (let step = 0; step < prng.int(1, 40); step++) {
        const position = prng.int(0, 6 * PAGE_BYTES)
        const kind = prng.int(0, 9)
        if (kind < 7) {
          const bytes = Buffer.alloc(prng.int(1, 3 * PAGE_BYTES), step + 1)
          image.write(bytes, position)
          twin.write(bytes, position)
        } else if (kind < 8) {
          image.truncate(position)
          twin.resize(position)
          // A cut may arrive without the writes before it.
          history.push(...history.map((state) => state.subarray(0, position)))
        } else {
          image.completeSync(image.beginSync())
          history = []
        }
        history.push(twin.slice(0, twin.sizeBytes))
      }
      image.powerCut(prng, prng.pick([0, 1, 0.5]))
      expectLegal(image.durableBytes(), history, seed)
      const visible = Buffer.alloc(image.sizeBytes)
      image.read(visible, 0)
      expect(visible.equals(image.durableBytes())).toBe(true)
    }
  })

  it('what was synced is there, for every seed', async () => {
    const seen = await outcomes(
      async (machine) => {
        const disk = diskOf(machine)
        const file = disk.open('/d/f', 'create')
        file.write([Buffer.from('synced')], 0)
        await file.sync()
        await disk.syncDirectory('/d')
        file.write([Buffer.from(' not synced')], 6)
      },
      (machine) => diskOf(machine).readFile('/d/f').toString().slice(0, 6),
    )
    expect([...seen.keys()]).toEqual(['synced'])
  })

  it('what was not synced is kept, lost or torn', async () => {
    const pages = 8
    const seen = await outcomes(
      async (machine) => {
        const disk = diskOf(machine)
        const file = disk.open('/d/f', 'create')
        await disk.syncDirectory('/d')
        for (let page = 0; page < pages; page++) {
          file.write([Buffer.alloc(PAGE_BYTES, 'x')], page * PAGE_BYTES)
        }
      },
      (machine) => shapeOf(diskOf(machine).readFile('/d/f'), pages),
    )
    for (const shape of ['lost', 'kept', 'shorter', 'hole', 'torn page', 'zeros at the end']) {
      expect(seen.get(shape) ?? 0, shape).toBeGreaterThan(0)
    }
  })

  it('an overwrite is old or new, a truncation happened or not', async () => {
    const before = async (machine: Machine): Promise<void> => {
      const disk = diskOf(machine)
      disk.writeFile('/d/f', Buffer.from('old'))
      const file = disk.open('/d/f', 'write')
      await file.sync()
      await disk.syncDirectory('/d')
      file.write([Buffer.from('new')], 0)
      file.truncate(1)
    }
    const seen = await outcomes(before, (machine) => diskOf(machine).readFile('/d/f').toString())
    expect([...seen.keys()].sort()).toEqual(['n', 'new', 'o', 'old'])
  })

  it('writeFile() over an older file may leave it empty', async () => {
    const before = async (machine: Machine): Promise<void> => {
      const disk = diskOf(machine)
      disk.writeFile('/d/f', Buffer.from('old'))
      disk.open('/d/f', 'write').syncNow()
      await disk.syncDirectory('/d')
      disk.writeFile('/d/f', Buffer.from('new'))
    }
    const seen = await outcomes(before, (machine) => diskOf(machine).readFile('/d/f').toString())
    expect(seen.get('') ?? 0).toBeGreaterThan(0)
    expect(seen.get('old') ?? 0).toBeGreaterThan(0)
    expect(seen.get('new') ?? 0).toBeGreaterThan(0)
  })

  it('a sync covers what was written before it, not after', async () => {
    const seen = await outcomes(
      async (machine) => {
        const disk = diskOf(machine)
        const file = disk.open('/d/f', 'create')
        await disk.syncDirectory('/d')
        file.write([Buffer.from('a')], 0)
        const synced = file.sync()
        file.write([Buffer.from('b')], SECTOR_BYTES)
        await synced
      },
      (machine) => diskOf(machine).readFile('/d/f').toString().replace(/\0+/, '-'),
    )
    expect([...seen.keys()].sort()).toEqual(['a', 'a-', 'a-b'])
  })

  it('a sync under way has happened or not', async () => {
    const seen = await outcomes(
      async (machine) => {
        const disk = diskOf(machine)
        const file = disk.open('/d/f', 'create')
        await disk.syncDirectory('/d')
        file.write([Buffer.from('a')], 0)
        void file.sync()
      },
      (machine) => diskOf(machine).readFile('/d/f').toString(),
    )
    expect(seen.get('') ?? 0).toBeGreaterThan(0)
    expect(seen.get('a') ?? 0).toBeGreaterThan(0)
  })

  it('a killed process loses nothing that it wrote', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const machine = machineOf(seed)
      const process = machine.process('victim')
      process.io.disk.open('/d/f', 'create').write([Buffer.from('all of it')], 0)
      process.kill()
      expect(diskOf(machine).readFile('/d/f').toString()).toBe('all of it')
    }
  })
})

describe('names over a power cut', () => {
  it('a synced directory keeps its names, an unsynced one perhaps', async () => {
    const seen = await outcomes(
      async (machine) => {
        const disk = diskOf(machine)
        disk.open('/d/synced', 'create')
        await disk.syncDirectory('/d')
        disk.open('/d/unsynced', 'create')
      },
      (machine) => namesIn(machine, '/d'),
    )
    expect([...seen.keys()].sort()).toEqual(['synced', 'synced unsynced'])
  })

  it('syncing a file does not sync its name', async () => {
    const seen = await outcomes(
      (machine) => {
        const file = diskOf(machine).open('/d/f', 'create')
        file.write([Buffer.from('x')], 0)
        return file.sync()
      },
      (machine) => namesIn(machine, '/d'),
    )
    expect([...seen.keys()].sort()).toEqual(['', 'f'])
  })

  it('a rename is never half done', async () => {
    const seen = await outcomes(
      async (machine) => {
        const disk = diskOf(machine)
        disk.makeDirectory('/e')
        await disk.syncDirectory('/')
        disk.writeFile('/d/a', Buffer.from('A'))
        disk.writeFile('/e/b', Buffer.from('B'))
        await Promise.all([disk.syncDirectory('/d'), disk.syncDirectory('/e')])
        disk.open('/d/a', 'write').syncNow()
        disk.open('/e/b', 'write').syncNow()
        disk.rename('/d/a', '/e/b')
      },
      (machine) => {
        const disk = diskOf(machine)
        return `${namesIn(machine, '/d')}|${disk.readFile('/e/b').toString()}`
      },
    )
    expect([...seen.keys()].sort()).toEqual(['a|B', '|A'])
  })

  it('changes that have nothing to do with each other come in any order', async () => {
    const seen = await outcomes(
      (machine) => {
        const disk = diskOf(machine)
        for (const name of ['1', '2', '3']) disk.open(`/d/${name}`, 'create')
      },
      (machine) => namesIn(machine, '/d'),
    )
    const all = ['', '1', '1 2', '1 2 3', '1 3', '2', '2 3', '3']
    expect([...seen.keys()].sort()).toEqual(all)
  })

  it('a file that was there is somewhere, whatever was done with names', async () => {
    const seen = await outcomes(
      async (machine) => {
        const disk = diskOf(machine)
        disk.writeFile('/d/a', Buffer.from('A'))
        disk.open('/d/a', 'write').syncNow()
        await disk.syncDirectory('/d')
        disk.rename('/d/a', '/d/b')
        disk.makeDirectory('/d/sub')
        disk.rename('/d/b', '/d/sub/a')
        disk.writeFile('/d/a', Buffer.from('new'))
      },
      (machine) => {
        const disk = diskOf(machine)
        const contentAt = (path: string): string =>
          disk.exists(path) ? disk.readFile(path).toString() : ''
        return ['/d/a', '/d/b', '/d/sub/a'].filter((path) => contentAt(path) === 'A').join(' ')
      },
    )
    expect([...seen.keys()].sort()).toEqual(['/d/a', '/d/b', '/d/sub/a'])
  })

  it('a synced move brings the directory along that it goes to', async () => {
    const seen = await outcomes(
      async (machine) => {
        const disk = diskOf(machine)
        disk.open('/d/a', 'create')
        await disk.syncDirectory('/d')
        disk.makeDirectory('/e')
        disk.rename('/d/a', '/e/a')
        await disk.syncDirectory('/d')
      },
      (machine) => `${namesIn(machine, '/d')}|${namesIn(machine, '/e')}`,
    )
    expect([...seen.keys()]).toEqual(['|a'])
  })

  it('syncing a new directory does not sync its own name', async () => {
    const seen = await outcomes(
      async (machine) => {
        const disk = diskOf(machine)
        disk.makeDirectory('/d/new')
        disk.open('/d/new/f', 'create')
        await disk.syncDirectory('/d/new')
      },
      (machine) => (diskOf(machine).exists('/d/new') ? namesIn(machine, '/d/new') : 'gone'),
    )
    expect([...seen.keys()].sort()).toEqual(['f', 'gone'])
  })

  it('a removed file may be back, with its bytes', async () => {
    const seen = await outcomes(
      async (machine) => {
        const disk = diskOf(machine)
        disk.writeFile('/d/f', Buffer.from('back'))
        disk.open('/d/f', 'write').syncNow()
        await disk.syncDirectory('/d')
        disk.removeTree('/d')
      },
      (machine) => {
        const disk = diskOf(machine)
        return disk.exists('/d/f') ? disk.readFile('/d/f').toString() : String(disk.exists('/d'))
      },
    )
    expect([...seen.keys()].sort()).toEqual(['back', 'false', 'true'])
  })
})

/** Every sector must be as it was after one of the steps in `history`; missing bytes count as zeros. */
function expectLegal(found: Buffer, history: readonly Buffer[], seed: number): void {
  const sizes = history.map((state) => state.length)
  expect(found.length, `seed ${seed}`).toBeLessThanOrEqual(Math.max(...sizes))
  for (let start = 0; start < found.length; start += SECTOR_BYTES) {
    const sector = found.subarray(start, start + SECTOR_BYTES)
    const isLegal = history.some((state) => {
      const then = Buffer.alloc(sector.length)
      then.set(state.subarray(start, start + sector.length))
      return then.equals(sector)
    })
    if (!isLegal) throw new Error(`Seed ${seed}: the sector at ${start} was never so`)
  }
}

function shapeOf(found: Buffer, pages: number): string {
  if (found.length === 0) return 'lost'
  if (found.at(-1) === 0) return 'zeros at the end'
  for (let page = 0; page * PAGE_BYTES < found.length; page++) {
    const part = found.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)
    const set = part.filter((byte) => byte !== 0).length
    if (set === 0) return 'hole'
    if (set < PAGE_BYTES) return 'torn page'
  }
  return found.length === pages * PAGE_BYTES ? 'kept' : 'shorter'
}
