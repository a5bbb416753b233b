/** The file system of one machine: names, files, capacity, locks, and how slow its device is. The Disk seam of a process works on it. */
import type { Prng } from '../src/base/index.ts'
import { DiskError } from '../src/io/index.ts'
import { DiskFaults } from './disk-faults.ts'
import type { DiskFault } from './disk-faults.ts'
import { PAGE_BYTES } from './file-image.ts'
import type { Machine } from './machine.ts'
import { DirectoryNode, FileNode, Names, walk } from './names.ts'
import type { NameChange, Node } from './names.ts'

export interface VolumeOptions {
  readonly capacityBytes?: number
  /** How long a sync takes: from, to. */
  readonly syncMs?: readonly [number, number]
  /** How long a read or write takes that goes to the device: from, to. */
  readonly transferMs?: readonly [number, number]
  /** How likely such a call stalls, and for how long: from, to. */
  readonly stallChance?: number
  readonly stallMs?: readonly [number, number]
  /** Files that a process may have open. */
  readonly openFilesMax?: number
}

/** A path, looked up. */
export interface Place {
  readonly directory: DirectoryNode
  readonly name: string
  readonly node: Node | null
}

export class Volume {
  readonly machine: Machine
  readonly faults = new DiskFaults()
  readonly openFilesMax: number
  /** Calls of the Disk seam so far: what to count through when each of them is to fail once. */
  operationCount = 0
  capacityBytes: number
  usedBytes = 0
  /** Syncs of files succeed and do nothing, as with a drive that reports what is in its cache: to see that somebody notices. */
  liesAboutSyncs = false
  /** Locked files, each with what stands for its lock. */
  readonly locks = new Map<FileNode, object>()
  readonly prng: Prng
  readonly #names = new Names()
  readonly #options: VolumeOptions
  #stalledUntilMs = 0

  constructor(machine: Machine, options: VolumeOptions) {
    this.machine = machine
    this.#options = options
    this.capacityBytes = options.capacityBytes ?? 2 ** 40
    this.openFilesMax = options.openFilesMax ?? Infinity
    this.prng = machine.world.prng(`disk ${machine.name}`)
  }

  /** Makes an operation to come fail, by any process. Returns what takes the fault away again. */
  inject(fault: DiskFault): () => void {
    return this.faults.inject(fault)
  }

  /** Everything that waits for the device now or soon is ready no sooner than `forMs` from now. */
  stall(forMs: number): void {
    const { nowMs } = this.machine.world
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, nowMs + forMs)
  }

  /** Flips one bit of what is stored at `position`. */
  flipBit(path: string, position: number, bit: number): void {
    const { image } = this.file(path)
    const byte = Buffer.alloc(1)
    if (image.read(byte, position) === 0)
      throw new Error(`Cannot flip a bit past the end of ${path}`)
    this.machine.world.note(`bit rot ${this.machine.name} ${path} ${position}.${bit}`)
    image.patch(Buffer.from([(byte[0] as number) ^ (1 << bit)]), position)
  }

  /** Replaces stored bytes, as a misdirected write would. What lies past the end is left out. */
  overwrite(path: string, position: number, bytes: Uint8Array): void {
    this.machine.world.note(`overwrite ${this.machine.name} ${path} ${position}+${bytes.length}`)
    this.file(path).image.patch(bytes, position)
  }

  /** The page cache gives up clean pages: what a failed sync lost is seen to be lost. */
  dropCaches(): void {
    for (const node of walk(this.#names.root)) {
      if (node.kind === 'file') node.image.dropLostPages()
    }
  }

  /** What the device holds of a file that programs can see now, as if the power went and nothing else arrived. */
  durableBytes(path: string): Buffer {
    return this.file(path).image.durableBytes()
  }

  powerCut(): void {
    // Often nothing or all of what was not synced arrived: the extremes find most bugs.
    const keepChance = this.prng.pick([0, 1, this.prng.float(), this.prng.float()])
    this.#names.powerCut(this.prng, keepChance)
    this.locks.clear()
    this.usedBytes = 0
    for (const node of walk(this.#names.root)) {
      if (node.kind === 'directory') continue
      node.image.powerCut(this.prng, keepChance)
      node.openCount = 0
      node.linkCount = 1
      node.allocatedBytes = 0
      this.account(node)
    }
  }

  /** How long the device takes for a call. */
  latencyMs(operation: 'sync' | 'transfer'): number {
    const { syncMs = [0.1, 3], transferMs = [0.02, 0.5] } = this.#options
    const { stallChance = 0, stallMs = [50, 500] } = this.#options
    const between = ([from, to]: readonly [number, number]): number =>
      from + this.prng.float() * (to - from)
    let ms = between(operation === 'sync' ? syncMs : transferMs)
    if (stallChance > 0 && this.prng.chance(stallChance)) ms += between(stallMs)
    return Math.max(ms, this.#stalledUntilMs - this.machine.world.nowMs)
  }

  /** Whether programs see something at `path`. */
  has(path: string): boolean {
    try {
      return this.find(path, 'find').node !== null
    } catch (error) {
      if (error instanceof DiskError) return false
      throw error
    }
  }

  /** The file that programs see at `path`. Throws NOT_FOUND. */
  file(path: string): FileNode {
    const { node } = this.find(path, 'find')
    if (node?.kind !== 'file') throw new DiskError('NOT_FOUND', 'find', path)
    return node
  }

  /** Looks a path up. Throws NOT_FOUND when a directory on the way is missing. */
  find(path: string, action: string): Place {
    const parts = partsOf(path)
    const name = parts.pop()
    if (name === undefined) throw new DiskError('OTHER', action, path, new Error('it is the root'))
    let directory = this.#names.root
    for (const part of parts) {
      const next = directory.entries.get(part)
      if (next?.kind !== 'directory') throw new DiskError('NOT_FOUND', action, path)
      directory = next
    }
    return { directory, name, node: directory.entries.get(name) ?? null }
  }

  /** The same for a path that may be the root, or missing: null then. */
  node(path: string): Node | null {
    let node: Node | null = this.#names.root
    for (const part of partsOf(path)) {
      if (node?.kind !== 'directory') return null
      node = node.entries.get(part) ?? null
    }
    return node
  }

  createFile({ directory, name }: Place): FileNode {
    const node = new FileNode()
    node.modifiedMs = this.machine.wallMs
    node.linkCount = 1
    this.#names.apply(node, [{ directory, name, node }])
    return node
  }

  makeDirectory(path: string): void {
    let directory = this.#names.root
    for (const name of partsOf(path)) {
      const next = directory.entries.get(name)
      if (next?.kind === 'file') throw new DiskError('EXISTS', 'create directory', path)
      directory = next ?? this.#createDirectory(directory, name)
    }
  }

  remove({ directory, name, node }: Place): void {
    if (node === null) return
    if (node.kind === 'directory') {
      for (const [child, childNode] of node.entries) {
        this.remove({ directory: node, name: child, node: childNode })
      }
    }
    this.#names.apply(node, [{ directory, name, node: null }])
    this.#unlink(node)
  }

  rename(from: Place, to: Place): void {
    if (from.node === null || from.node === to.node) return
    const changes: NameChange[] = [
      { directory: from.directory, name: from.name, node: null },
      { directory: to.directory, name: to.name, node: from.node },
    ]
    this.#names.apply(from.node, changes)
    if (to.node !== null) this.#unlink(to.node)
  }

  /** Begins the sync of a directory; what is returned ends it. */
  beginDirectorySync(directory: DirectoryNode): () => void {
    const mark = this.#names.beginSync()
    return () => this.#names.completeSync(directory, mark)
  }

  /** Bytes of `sizeBytes` that the file can have with the space that is left. */
  fitting(node: FileNode, sizeBytes: number): number {
    const room = this.capacityBytes - this.usedBytes + node.allocatedBytes
    return Math.min(sizeBytes, Math.floor(Math.max(0, room) / PAGE_BYTES) * PAGE_BYTES)
  }

  /** Counts what a file takes after it has changed. */
  account(node: FileNode): void {
    const isInUse = node.linkCount > 0 || node.openCount > 0
    const pages = Math.ceil(node.image.sizeBytes / PAGE_BYTES)
    const allocatedBytes = isInUse ? pages * PAGE_BYTES : 0
    this.usedBytes += allocatedBytes - node.allocatedBytes
    node.allocatedBytes = allocatedBytes
  }

  #createDirectory(directory: DirectoryNode, name: string): DirectoryNode {
    const node = new DirectoryNode()
    node.modifiedMs = this.machine.wallMs
    this.#names.apply(node, [{ directory, name, node }])
    return node
  }

  #unlink(node: Node): void {
    if (node.kind === 'directory') return
    node.linkCount -= 1
    this.account(node)
  }
}

/** The names on the way from the root; relative paths start there too. */
function partsOf(path: string): string[] {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts
}
