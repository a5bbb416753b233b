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
  /** Counts {@link writeNow}: what was being written meanwhile is out of date. */
  #overtaken = 0

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

  /** The same on the loop, all but the sync of the name, and overtaking a write that is under way. Throws DiskError. */
  writeNow(): void {
    const path = `${this.#dirPath}/${this.#name}`
    const file = this.#disk.open(`${path}${NOW_SUFFIX}`, 'create')
    try {
      file.truncate(0)
      file.write([Buffer.from(encodeCheckpoint(this.#lines()))], 0)
      file.syncNow()
    } finally {
      file.close()
    }
    this.#disk.rename(`${path}${NOW_SUFFIX}`, path)
    this.#overtaken += 1
  }

  idle(): Promise<void> {
    return this.#task.idle()
  }

  async #write(): Promise<void> {
    const overtaken = this.#overtaken
    const text = encodeCheckpoint(this.#lines())
    const isStale = (): boolean => overtaken !== this.#overtaken
    await writeDurably(this.#disk, this.#dirPath, this.#name, text, isStale)
  }
}

const NOW_SUFFIX = '.now.tmp'

/**
 * Replaces a file so that after a crash at any moment either the old or the new content is there. `isStale`: what was written meanwhile by others is
 * newer, and stays.
 */
export async function writeDurably(
  disk: Disk,
  dirPath: string,
  name: string,
  text: string,
  isStale: () => boolean = () => false,
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
  if (!isStale()) disk.rename(`${path}.tmp`, path)
  await disk.syncDirectory(dirPath)
}
