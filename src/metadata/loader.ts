import { MetadataError } from './error.ts'
import { diffImages } from './image/diff.ts'
import { emptyImage, ImageEditor } from './image/image.ts'
import type { MetadataDelta, MetadataImage, Provenance } from './image/image.ts'
import type { MetadataRecord } from './records/record.ts'

/** One committed batch of the metadata log. A control batch comes with no records: only its offsets count. */
export interface CommittedBatch {
  /** Offset of the batch's last record, inclusive. */
  readonly offsetLast: number
  /** Leader epoch of the batch. */
  readonly epoch: number
  /** When the leader appended it, in milliseconds. */
  readonly timestampMs: number
  readonly records: readonly MetadataRecord[]
}

/**
 * Turns the committed metadata log into images. Records of a metadata transaction (KIP-868) are held
 * back until its end and dropped at its abort, however many batches it spans; everybody sees all of it
 * or nothing.
 */
export class MetadataLoader {
  #image: MetadataImage = emptyImage
  /** What was folded since the image. Lives on while nothing of it may be seen. */
  #editor = new ImageEditor(emptyImage)
  /** The records of the open transaction; null: none is open. */
  #pending: MetadataRecord[] | null = null
  #offsetLast = -1

  /** The newest image. */
  get image(): MetadataImage {
    return this.#image
  }

  /**
   * Offset of the last record taken in, inclusive; -1: none. Beyond the image's while a transaction is
   * open.
   */
  get offsetLast(): number {
    return this.#offsetLast
  }

  /**
   * Takes in batches in the order of the log; many at once are cheaper than one by one.
   *
   * @returns what changed, or null when nothing may be seen yet because a transaction is open
   * @throws MetadataError; the loader then stays at the last image and is of no more use
   */
  load(batches: readonly CommittedBatch[]): MetadataDelta | null {
    let visible: Provenance | null = null
    for (const batch of batches) {
      for (const record of batch.records) this.#take(record)
      this.#offsetLast = batch.offsetLast
      if (this.#pending === null) visible = provenanceOf(batch)
    }
    if (visible === null) return null
    return this.#publish(this.#editor.finish(visible))
  }

  /** Replaces everything by the records of a snapshot. */
  loadSnapshot(records: Iterable<MetadataRecord>, provenance: Provenance): MetadataDelta {
    const editor = new ImageEditor(emptyImage)
    for (const record of records) editor.apply(record)
    const delta = diffImages(this.#image, editor.finish(provenance).image)
    this.#pending = null
    this.#offsetLast = provenance.offsetLast
    return this.#publish(delta)
  }

  #publish(delta: MetadataDelta): MetadataDelta {
    this.#image = delta.image
    this.#editor = new ImageEditor(delta.image)
    return delta
  }

  #take(record: MetadataRecord): void {
    switch (record.type) {
      case 'beginTransaction':
        if (this.#pending !== null) throw misplaced('begin', 'another one is open')
        this.#pending = []
        return
      case 'endTransaction':
        if (this.#pending === null) throw misplaced('end', 'none is open')
        for (const held of this.#pending) this.#editor.apply(held)
        this.#pending = null
        return
      case 'abortTransaction':
        if (this.#pending === null) throw misplaced('abort', 'none is open')
        this.#pending = null
        return
      default:
        if (this.#pending === null) this.#editor.apply(record)
        else this.#pending.push(record)
    }
  }
}

function provenanceOf({ offsetLast, epoch, timestampMs }: CommittedBatch): Provenance {
  return { offsetLast, epoch, timestampMs }
}

function misplaced(what: string, found: string): MetadataError {
  return new MetadataError('INCONSISTENT_RECORD', `Cannot ${what} a metadata transaction: ${found}`)
}
