/**
 * The names of a file system twice: as programs see them, and as they stand on the device.
 *
 * The fault model. A name that was created, renamed or removed is on the device once its directory was synced, and syncing a file says nothing about
 * its name (POSIX; on ext4 it usually would, and a program that relies on that is wrong elsewhere). After a power cut each change that was not synced has happened or
 * not, a rename never by half, in one of two ways that the seed picks: the first so many changes (the order of ext4's journal), or any set in which a change
 * stands only together with those that it builds on: earlier ones of the same name, the same file, or that made its directory.
 */
import type { Prng } from '../src/base/index.ts'
import { FileImage } from './file-image.ts'

export class FileNode {
  readonly kind = 'file'
  readonly image = new FileImage()
  /** Names in the directories that programs see. */
  linkCount = 0
  openCount = 0
  /** Bytes that this file takes from the capacity. */
  allocatedBytes = 0
  modifiedMs = 0
}

export class DirectoryNode {
  readonly kind = 'directory'
  entries = new Map<string, Node>()
  durableEntries: ReadonlyMap<string, Node> = new Map()
  modifiedMs = 0
}

export type Node = FileNode | DirectoryNode

/** One entry set to another node, or to none. */
export interface NameChange {
  readonly directory: DirectoryNode
  readonly name: string
  readonly node: Node | null
}

/** Changes that the file system makes together. */
interface NameOp {
  readonly mark: number
  readonly changes: readonly NameChange[]
  /** What was moved, made or removed. */
  readonly subject: Node
}

/** Changes from which on the journal commits the oldest by itself: legal at any time, and it bounds our memory. */
const PENDING_MAX = 10_000

export class Names {
  readonly root = new DirectoryNode()
  #pending: NameOp[] = []
  #mark = 0

  /** Makes `changes` visible to programs, as one step. */
  apply(subject: Node, changes: readonly NameChange[]): void {
    for (const { directory, name, node } of changes) {
      if (node === null) directory.entries.delete(name)
      else directory.entries.set(name, node)
    }
    this.#pending.push({ mark: ++this.#mark, changes, subject })
    if (this.#pending.length > PENDING_MAX) this.#commit(this.#pending.slice(0, PENDING_MAX / 2))
  }

  /** Begins the sync of a directory: returns what to hand to {@link completeSync}. */
  beginSync(): number {
    return this.#mark
  }

  /** The entries of `directory` are on the device as they were when the sync began. */
  completeSync(directory: DirectoryNode, mark: number): void {
    const chosen = new Set<NameOp>()
    for (let index = this.#pending.length - 1; index >= 0; index--) {
      const op = this.#pending[index] as NameOp
      if (op.mark > mark) continue
      const isWanted = op.changes.some((change) => change.directory === directory)
      if (isWanted || [...chosen].some((later) => dependsOn(later, op))) chosen.add(op)
    }
    this.#commit(this.#pending.filter((op) => chosen.has(op)))
  }

  /** Power cut: decides which changes arrived. Afterwards programs see those only. */
  powerCut(prng: Prng, keepChance: number): void {
    const pending = this.#pending
    if (prng.chance(0.5)) {
      const isAll = prng.chance(keepChance)
      this.#commit(pending.slice(0, isAll ? pending.length : prng.int(0, pending.length)))
    } else {
      this.#commit(anyConsistentSubset(pending, prng, keepChance))
    }
    this.#pending = []
    reveal(this.root)
  }

  #commit(ops: readonly NameOp[]): void {
    const done = new Set(ops)
    this.#pending = this.#pending.filter((op) => !done.has(op))
    for (const op of ops) {
      for (const { directory, name, node } of op.changes) {
        const entries = new Map(directory.durableEntries)
        if (node === null) entries.delete(name)
        else entries.set(name, node)
        directory.durableEntries = entries
      }
    }
  }
}

function anyConsistentSubset(
  pending: readonly NameOp[],
  prng: Prng,
  keepChance: number,
): readonly NameOp[] {
  const lost: NameOp[] = []
  const kept: NameOp[] = []
  for (const op of pending) {
    const isPossible = !lost.some((earlier) => dependsOn(op, earlier))
    if (isPossible && prng.chance(keepChance)) kept.push(op)
    else lost.push(op)
  }
  return kept
}

function dependsOn(later: NameOp, earlier: NameOp): boolean {
  if (later.subject === earlier.subject) return true
  return later.changes.some(
    ({ directory, name }) =>
      directory === earlier.subject ||
      earlier.changes.some((change) => change.directory === directory && change.name === name),
  )
}

/** After a restart programs see what the device holds. */
function reveal(directory: DirectoryNode): void {
  directory.entries = new Map(directory.durableEntries)
  for (const node of directory.entries.values()) if (node.kind === 'directory') reveal(node)
}

/** All files and directories that programs can reach from `directory`, itself excluded. */
export function* walk(directory: DirectoryNode): Generator<Node> {
  for (const node of directory.entries.values()) {
    yield node
    if (node.kind === 'directory') yield* walk(node)
  }
}
