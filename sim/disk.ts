import { DiskError } from '../src/io/index.ts'
import type { DirectoryEntry, Disk, DiskFile, FileStat, OpenMode } from '../src/io/index.ts'
import { SimDiskFile } from './disk-file.ts'
import { DiskGate } from './disk-gate.ts'
import type { FileNode } from './names.ts'
import type { Owned, SimProcess } from './process.ts'
import type { Place, Volume } from './volume.ts'

/** The Disk seam of one process, on the volume of its machine. */
export class SimDisk implements Disk {
  readonly #gate: DiskGate
  readonly #volume: Volume

  constructor(process: SimProcess) {
    this.#gate = new DiskGate(process)
    this.#volume = process.machine.volume
  }

  open(path: string, mode: OpenMode): DiskFile {
    return this.#gate.now('open', 'open', path, () => {
      if (this.#gate.openFiles >= this.#volume.openFilesMax) {
        throw new DiskError('TOO_MANY_FILES', 'open', path)
      }
      const node = this.#openNode(path, mode)
      return new SimDiskFile(this.#gate, path, node, mode === 'read')
    })
  }

  readFile(path: string): Buffer {
    return this.#gate.now('readFile', 'read', path, () => {
      const { image } = this.#file(path, 'read')
      const bytes = Buffer.alloc(image.sizeBytes)
      image.read(bytes, 0)
      return bytes
    })
  }

  writeFile(path: string, data: Uint8Array): void {
    this.#gate.now('writeFile', 'write', path, () => {
      const file = new SimDiskFile(this.#gate, path, this.#openNode(path, 'create'), false)
      try {
        file.truncate(0)
        file.write([data], 0)
      } finally {
        file.close()
      }
    })
  }

  exists(path: string): boolean {
    return this.#gate.now('stat', 'stat', path, () => this.#volume.node(path) !== null)
  }

  stat(path: string): FileStat | null {
    return this.#gate.now('stat', 'stat', path, () => {
      const node = this.#volume.node(path)
      if (node === null) return null
      const sizeBytes = node.kind === 'file' ? node.image.sizeBytes : 0
      return { kind: node.kind, sizeBytes, modifiedMs: node.modifiedMs }
    })
  }

  list(path: string): DirectoryEntry[] {
    return this.#gate.now('list', 'list', path, () => {
      const node = this.#volume.node(path)
      if (node?.kind !== 'directory') throw new DiskError('NOT_FOUND', 'list', path)
      const entries = Array.from(node.entries, ([name, { kind }]): DirectoryEntry => ({
        name,
        kind,
      }))
      return shuffled(entries, () => this.#volume.prng.float())
    })
  }

  makeDirectory(path: string): void {
    this.#gate.now('makeDirectory', 'create directory', path, () =>
      this.#volume.makeDirectory(path),
    )
  }

  rename(from: string, to: string): void {
    this.#gate.now('rename', 'rename', from, () => {
      const source = this.#volume.find(from, 'rename')
      const target = this.#volume.find(to, 'rename')
      if (source.node === null) throw new DiskError('NOT_FOUND', 'rename', from)
      if (target.node !== null && source.node.kind === 'directory') {
        throw new DiskError('EXISTS', 'rename', from, new Error(`${to} exists`))
      }
      if (target.node?.kind === 'directory') {
        throw new DiskError('OTHER', 'rename', from, new Error(`${to} is a directory`))
      }
      this.#volume.rename(source, target)
    })
  }

  removeFile(path: string): void {
    this.#gate.now('remove', 'remove', path, () => {
      const place = this.#findIfThere(path)
      if (place?.node?.kind === 'directory') {
        throw new DiskError('OTHER', 'remove', path, new Error('it is a directory'))
      }
      if (place !== null) this.#volume.remove(place)
    })
  }

  removeTree(path: string): void {
    this.#gate.now('remove', 'remove', path, () => {
      const place = this.#findIfThere(path)
      if (place !== null) this.#volume.remove(place)
    })
  }

  async syncDirectory(path: string): Promise<void> {
    const node = this.#volume.node(path)
    if (node?.kind !== 'directory') throw new DiskError('NOT_FOUND', 'sync directory', path)
    const complete = this.#volume.beginDirectorySync(node)
    await this.#gate.later('syncDirectory', 'sync directory', path, complete)
  }

  lock(path: string): () => void {
    return this.#gate.now('lock', 'lock', path, () => {
      const { process } = this.#gate
      const node = this.#openNode(path, 'create')
      if (this.#volume.locks.has(node)) {
        throw new DiskError('LOCKED', 'lock', path, new Error('another process holds it'))
      }
      const held: Owned = {
        die: () => {
          if (this.#volume.locks.get(node) === held) this.#volume.locks.delete(node)
        },
      }
      this.#volume.locks.set(node, held)
      process.own(held)
      return () => {
        held.die(false)
        process.disown(held)
      }
    })
  }

  space(path: string): { freeBytes: number; totalBytes: number } {
    return this.#gate.now('space', 'measure', path, () => {
      const { capacityBytes, usedBytes } = this.#volume
      return { freeBytes: Math.max(0, capacityBytes - usedBytes), totalBytes: capacityBytes }
    })
  }

  #openNode(path: string, mode: OpenMode): FileNode {
    const place = this.#volume.find(path, 'open')
    if (place.node?.kind === 'directory') {
      throw new DiskError('OTHER', 'open', path, new Error('it is a directory'))
    }
    if (place.node === null) {
      if (mode === 'read' || mode === 'write') throw new DiskError('NOT_FOUND', 'open', path)
      return this.#volume.createFile(place)
    }
    if (mode === 'exclusive') throw new DiskError('EXISTS', 'open', path)
    return place.node
  }

  #file(path: string, action: string): FileNode {
    const { node } = this.#volume.find(path, action)
    if (node === null) throw new DiskError('NOT_FOUND', action, path)
    if (node.kind === 'file') return node
    throw new DiskError('OTHER', action, path, new Error('it is a directory'))
  }

  #findIfThere(path: string): Place | null {
    try {
      return this.#volume.find(path, 'remove')
    } catch (error) {
      if (error instanceof DiskError && error.code === 'NOT_FOUND') return null
      throw error
    }
  }
}

/** In no particular order, as the seam says: whoever needs one must sort. */
function shuffled<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const item = items[i] as T
    items[i] = items[j] as T
    items[j] = item
  }
  return items
}
