/** How far long work has come: a line on stderr, on a terminal only. */
import type { SingleBar } from 'cli-progress'

const REFRESH_PER_SECOND = 5

export class Progress {
  readonly #bar: SingleBar | null

  private constructor(bar: SingleBar | null) {
    this.#bar = bar
  }

  /**
   * @param total null: nobody knows
   * @param isWanted false where something else writes to the terminal
   */
  static async start(unit: string, total: number | null, isWanted: boolean): Promise<Progress> {
    if (!isWanted || !process.stderr.isTTY) return new Progress(null)
    const { SingleBar } = await import('cli-progress')
    const format =
      total === null
        ? `{value} ${unit}`
        : `{bar} {percentage}%  {value}/{total} ${unit}  {eta_formatted}`
    const bar = new SingleBar({
      format,
      fps: REFRESH_PER_SECOND,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    })
    bar.start(total ?? Number.MAX_SAFE_INTEGER, 0)
    return new Progress(bar)
  }

  add(count: number): void {
    this.#bar?.increment(count)
  }

  stop(): void {
    this.#bar?.stop()
  }
}
