import type { Clock, Disk, Telemetry, Timer } from '../io/index.ts'

interface Doomed {
  readonly path: string
  readonly kind: 'file' | 'directory'
  readonly dueMs: number
}

/** Files and directories that were renamed out of the way and are removed after `file.delete.delay.ms`, so that readers may finish. */
export class Trash {
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #telemetry: Telemetry
  /** By time, nearly: delays differ between topics, and nobody minds a late removal. */
  #doomed: Doomed[] = []
  #timer: Timer | null = null

  constructor(disk: Disk, clock: Clock, telemetry: Telemetry) {
    this.#disk = disk
    this.#clock = clock
    this.#telemetry = telemetry
  }

  add(kind: 'file' | 'directory', paths: readonly string[], delayMs: number): void {
    const dueMs = this.#clock.monotonicMs() + delayMs
    for (const path of paths) this.#doomed.push({ path, kind, dueMs })
    this.#schedule()
  }

  /** Removes everything now. */
  empty(): void {
    for (const doomed of this.#doomed.splice(0)) this.#remove(doomed)
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = null
    this.#doomed = []
  }

  #schedule(): void {
    const first = this.#doomed[0]
    if (first === undefined || this.#timer !== null) return
    const delayMs = Math.max(0, first.dueMs - this.#clock.monotonicMs())
    this.#timer = this.#clock.after(delayMs, () => {
      this.#timer = null
      // One at a time: freeing a large file takes the file system some milliseconds.
      const due = this.#doomed.shift()
      if (due !== undefined) this.#remove(due)
      this.#schedule()
    })
  }

  #remove({ path, kind }: Doomed): void {
    try {
      if (kind === 'file') this.#disk.removeFile(path)
      else this.#disk.removeTree(path)
    } catch (error) {
      this.#telemetry.log('warn', 'log.remove.failed', `Cannot remove ${path}: ${String(error)}`)
    }
  }
}
