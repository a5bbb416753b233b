import { DiskError } from '../src/io/index.ts'
import type { DiskEffect, DiskOperation } from './disk-faults.ts'
import { KilledError } from './killed-error.ts'
import type { SimProcess } from './process.ts'
import type { Volume } from './volume.ts'

/** Every call of the Disk seam passes here: counted, written to the trace, and failed when a fault waits for it. */
export class DiskGate {
  readonly process: SimProcess
  readonly volume: Volume
  openFiles = 0

  constructor(process: SimProcess) {
    this.process = process
    this.volume = process.machine.volume
  }

  /** A call that returns at once. `action` completes "Cannot …". */
  now<T>(operation: DiskOperation, action: string, path: string, run: () => T): T {
    const effect = this.enter(operation, path)
    if (effect?.kind === 'fail') throw injected(effect.code, action, path)
    const result = run()
    this.leave(effect)
    return result
  }

  /**
   * A call that waits for the device: `run` happens when it is done. `fail` happens in its
   * place when the call is to fail.
   */
  later<T>(
    operation: DiskOperation,
    action: string,
    path: string,
    run: () => T,
    fail: () => void = () => {},
  ): Promise<T> {
    const { world, isDead, name } = this.process
    if (isDead) return never()
    let effect: DiskEffect | null
    try {
      effect = this.enter(operation, path)
    } catch {
      return never() // Killed: the one thing that `enter` throws.
    }
    const isSync = operation === 'sync' || operation === 'syncDirectory'
    const extraMs = effect?.kind === 'delay' ? effect.delayMs : 0
    const delayMs = this.volume.latencyMs(isSync ? 'sync' : 'transfer') + extraMs
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        if (effect?.kind === 'fail') {
          fail()
          reject(injected(effect.code, action, path))
          return
        }
        try {
          const result = run()
          this.leave(effect)
          resolve(result)
        } catch (error) {
          if (!(error instanceof KilledError)) reject(error)
        }
      }
      world.schedule(delayMs, `disk done ${operation} ${name} ${path}`, finish, this.process)
    })
  }

  /** Counts a call and returns what is to happen to it. Throws {@link KilledError} when the process is dead, or dies of it. */
  enter(operation: DiskOperation, path: string): DiskEffect | null {
    if (this.process.isDead) throw new KilledError(`${this.process.name} is dead`)
    this.volume.operationCount += 1
    this.process.world.note(`disk ${operation} ${this.process.name} ${path}`)
    const effect = this.volume.faults.match(operation, path)
    if (effect !== null && 'when' in effect) {
      // Only a write has a middle, and sees to it itself.
      if (effect.when === 'before') this.strike(effect.kind)
      if (effect.when === 'midway' && operation !== 'write') this.strike(effect.kind)
    }
    return effect
  }

  /** The call has had its effect; perhaps the process does not live to see it. */
  leave(effect: DiskEffect | null): void {
    if (effect !== null && 'when' in effect) this.strike(effect.kind)
  }

  /** Ends the process, or its machine, in the middle of its own stack. */
  strike(kind: 'kill' | 'powerCut'): never {
    if (kind === 'powerCut') this.process.machine.powerCut()
    this.process.kill()
    throw new KilledError(`${this.process.name} was killed in a call to its disk`)
  }
}

export function injected(code: DiskError['code'], action: string, path: string): DiskError {
  return new DiskError(code, action, path, new Error(`${code}, as the simulation wants it`))
}

function never<T>(): Promise<T> {
  return new Promise(() => {})
}
