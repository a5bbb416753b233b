import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A file that is read and never written, however it was opened by others. */
export class ReadOnlyFile {
  readonly sizeBytes: number
  readonly #descriptor: number

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r')
    this.sizeBytes = fstatSync(this.#descriptor).size
  }

  /** Up to `sizeBytes` bytes from `position`; fewer only at the end of the file. */
  read(position: number, sizeBytes: number): Buffer {
    const wanted = Math.max(Math.min(sizeBytes, this.sizeBytes - position), 0)
    const buffer = Buffer.allocUnsafe(wanted)
    let filled = 0
    while (filled < wanted) {
      const count = readSync(this.#descriptor, buffer, filled, wanted - filled, position + filled)
      if (count === 0) break
      filled += count
    }
    return buffer.subarray(0, filled)
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

/** Opens the file for as long as `body` yields. */
export function* withFile<T>(
  path: string,
  body: (file: ReadOnlyFile) => Iterable<T>,
): Generator<T> {
  const file = new ReadOnlyFile(path)
  try {
    yield* body(file)
  } finally {
    file.close()
  }
}
