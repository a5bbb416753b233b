/**
 * The names of a file system twice: as programs see them, and as they stand on the device.
 *
 * The fault model. A name that was created, renamed or removed is on the device once its directory was synced, and syncing a file says nothing about
 * its name (POSIX; on ext4 it usually would, and a program that relies on that is wrong elsewhere). After a power cut each change that was not synced has happened or
 * not, a rename never by half, in one of two ways that the seed picks: the first so many changes (the order of ext4's journal), or any set in which a change
 * stands only together with those that it builds on: earlier ones of the same name or the same file, and for a move into another directory the ones that
 * made that directory. A directory's own name is its parent's affair: syncing the entries of a new directory does not make it reachable.
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
  readonly durableEntries = new Map<string, Node>()
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
    const chosen: NameOp[] = []
    const needed = new Touched()
    for (const op of this.#pending.toReversed()) {
      if (op.mark > mark) continue
      const isWanted = op.changes.some((change) => change.directory === directory)
      if (!isWanted && !needed.isFoundation(op)) continue
      chosen.push(op)
      needed.add(op)
    }
    this.#commit(chosen.toReversed())
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
        if (node === null) directory.durableEntries.delete(name)
        else directory.durableEntries.set(name, node)
      }
    }
  }
}

/** What a set of changes has to do with: the nodes moved, made or removed, the directories moved between, the names. */
class Touched {
  readonly #subjects = new Set<Node>()
  readonly #directories = new Set<Node>()
  readonly #names = new Map<DirectoryNode, Set<string>>()

  add(op: NameOp): void {
    this.#subjects.add(op.subject)
    for (const { directory, name } of op.changes) {
      if (op.changes.length > 1) this.#directories.add(directory)
      const names = this.#names.get(directory)
      if (names === undefined) this.#names.set(directory, new Set([name]))
      else names.add(name)
    }
  }

  /** True when some change of the set builds on the earlier change `op`. */
  isFoundation(op: NameOp): boolean {
    const { subject } = op
    return this.#subjects.has(subject) || this.#directories.has(subject) || this.#sharesName(op)
  }

  /** True when the later change `op` builds on some change of the set. */
  isBuiltOnBy(op: NameOp): boolean {
    if (this.#subjects.has(op.subject) || this.#sharesName(op)) return true
    return (
      op.changes.length > 1 && op.changes.some(({ directory }) => this.#subjects.has(directory))
    )
  }

  #sharesName(op: NameOp): boolean {
    return op.changes.some(({ directory, name }) => this.#names.get(directory)?.has(name) === true)
  }
}

function anyConsistentSubset(
  pending: readonly NameOp[],
  prng: Prng,
  keepChance: number,
): readonly NameOp[] {
  const lost = new Touched()
  return pending.filter((op) => {
    if (!lost.isBuiltOnBy(op) && prng.chance(keepChance)) return true
    lost.add(op)
    return false
  })
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
