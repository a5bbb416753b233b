import { it } from 'vitest'
import type { Clock } from './clock.ts'
import type { Io } from './io.ts'

/** A world in which one implementation of the seams is tried. */
export interface Harness {
  readonly io: Io
  /** The seams of a second process on the same machine. */
  readonly other: Io
  /** An empty directory. */
  readonly root: string
  /** Runs `body` while time passes in the world. */
  run<T>(body: () => Promise<T>): Promise<T>
  close(): void
}

export type MakeHarness = () => Harness

/** Declares one test of a conformance suite, in a world of its own. */
export function conforms(
  make: MakeHarness,
  name: string,
  body: (harness: Harness) => void | Promise<void>,
): void {
  it(name, async () => {
    const harness = make()
    try {
      await harness.run(async () => body(harness))
    } finally {
      harness.close()
    }
  })
}

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve))
}
