import type { Disk } from '../io/index.ts'
import { decodeOffsets, encodeCheckpoint } from './checkpoint-text.ts'
import { SharedTask } from './shared-task.ts'

/** One of a log dir's three offset checkpoints. Written whole: a new file beside the old one, synced, then renamed over it. */
export class CheckpointFile {
  readonly #disk: Disk
  readonly #dirPath: string
  readonly #name: string
  readonly #lines: () => string[]
  readonly #task = new SharedTask(() => this.#write())

  /** `lines` tells what the checkpoint is to hold, `topic partition offset` each. */
  constructor(disk: Disk, dirPath: string, name: string, lines: () => string[]) {
    this.#disk = disk
    this.#dirPath = dirPath
    this.#name = name
    this.#lines = lines
  }

  /** Offset by partition directory name; null when the file is not a checkpoint. It must be there. */
  read(): Map<string, number> | null {
    const bytes = this.#disk.readFile(`${this.#dirPath}/${this.#name}`)
    return decodeOffsets(bytes.toString('utf8'))
  }

  /** Resolves when what the lines are from now on survives a power cut. Rejects with DiskError. */
  write(): Promise<void> {
    return this.#task.request()
  }

  idle(): Promise<void> {
    return this.#task.idle()
  }

  async #write(): Promise<void> {
    await writeDurably(this.#disk, this.#dirPath, this.#name, encodeCheckpoint(this.#lines()))
  }
}

/** Replaces a file so that after a crash at any moment either the old or the new content is there. */
export async function writeDurably(
  disk: Disk,
  dirPath: string,
  name: string,
  text: string,
): Promise<void> {
  const path = `${dirPath}/${name}`
  const file = disk.open(`${path}.tmp`, 'create')
  try {
    file.truncate(0)
    file.write([Buffer.from(text)], 0)
    await file.sync()
  } finally {
    file.close()
  }
  disk.rename(`${path}.tmp`, path)
  await disk.syncDirectory(dirPath)
}
