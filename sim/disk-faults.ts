import type { DiskErrorCode } from '../src/io/index.ts'

/** The calls of the Disk seam that can be made to fail. */
export type DiskOperation =
  | 'open'
  | 'readFile'
  | 'writeFile'
  | 'stat'
  | 'list'
  | 'makeDirectory'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'lock'
  | 'space'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate'

/**
 * What happens in place of the operation.
 * 'fail': it throws; a write leaves `afterBytes` of its bytes in the file, by default a number that the seed picks; a sync fails as ext4's does.
 * 'kill', 'powerCut': the process or the machine dies before it, in the middle (of a write) or just after it.
 * 'delay': it takes so much longer (only calls that return promises).
 */
export type DiskEffect =
  | { readonly kind: 'fail'; readonly code: DiskErrorCode; readonly afterBytes?: number }
  | { readonly kind: 'kill' | 'powerCut'; readonly when: 'before' | 'midway' | 'after' }
  | { readonly kind: 'delay'; readonly delayMs: number }

export interface DiskFault {
  /** Which operations count; all by default. */
  readonly operations?: readonly DiskOperation[]
  /** Which paths count; all by default. */
  readonly path?: RegExp
  /** The n-th that counts is hit, beginning with 1, the default. */
  readonly nth?: number
  /** And so many in a row, 1 by default; `Infinity` until it is removed. */
  readonly times?: number
  readonly effect: DiskEffect
}

interface Armed {
  readonly fault: DiskFault
  seen: number
}

/** The faults that wait on a volume. */
export class DiskFaults {
  readonly #armed = new Set<Armed>()

  /** Returns what takes the fault away again. */
  inject(fault: DiskFault): () => void {
    const armed = { fault, seen: 0 }
    this.#armed.add(armed)
    return () => {
      this.#armed.delete(armed)
    }
  }

  /** The effect on this operation, or null. */
  match(operation: DiskOperation, path: string): DiskEffect | null {
    let effect: DiskEffect | null = null
    for (const armed of this.#armed) {
      const { operations, path: pattern, nth = 1, times = 1 } = armed.fault
      if (operations !== undefined && !operations.includes(operation)) continue
      if (pattern !== undefined && !pattern.test(path)) continue
      armed.seen += 1
      if (armed.seen >= nth && effect === null) effect = armed.fault.effect
      if (armed.seen >= nth + times - 1) this.#armed.delete(armed)
    }
    return effect
  }
}
