/**
 * A store of pages, as a file system or a database keeps them: a page file that is changed in place, and a physical redo log in front of it.
 *
 * - Write before apply: a transaction is one redo record (which bytes of which pages become what). It is flushed before the pages change, and the
 *   pages change in memory only; the file follows at the next checkpoint.
 * - Every page begins with a checksum, its number, and the offset of the log that it has reached (its LSN). Replay applies to a page only what is newer.
 * - A checkpoint writes the dirty pages, and then removes from the log what they contain: the log starts where replay has to start.
 * - A power cut may tear a page that is being written in place, and redo records cannot mend one: they say what changes, not what was there. So a
 *   checkpoint writes its pages to a second file first and flushes that (InnoDB calls it the doublewrite buffer). Recovery takes a torn page from there.
 */
import { crc32 } from 'node:zlib'
import { machineIo, openLog } from 'highwater/log'

export const PAGE_BYTES = 4096
/** Checksum of what follows (4), page number (4), LSN (8). */
const HEADER_BYTES = 16
const NUMBER_AT = 4
const LSN_AT = 8
/** What a page has for its user. */
export const ROOM_BYTES = PAGE_BYTES - HEADER_BYTES

/**
 * @typedef {{ page: number, at: number, bytes: Uint8Array }} Change
 * @typedef {{ io?: import('highwater/log').LogIo, checkpointBytes?: number }} PagesOptions
 */

/**
 * @param {string} path
 * @param {PagesOptions} [options]
 */
export async function openPages(path, options = {}) {
  const { io = machineIo, checkpointBytes = 4 * 1024 * 1024 } = options
  const log = await openLog(`${path}/redo`, { io, segmentBytes: Math.max(checkpointBytes, 4096) })
  const { disk } = io
  const file = disk.open(`${path}/pages`, 'create')
  const copies = disk.open(`${path}/doublewrite`, 'create')
  await disk.syncDirectory(path)
  const repaired = await repair(file, copies)
  const store = new Pages(log, file, copies, checkpointBytes, repaired)
  for await (const { value, offset } of log.iterate()) store.apply(decode(value), offset + 1)
  return store
}

export class Pages {
  #log
  #file
  #copies
  #checkpointBytes
  /** How many torn pages were taken from the second file when the store was opened. */
  repaired
  /** Pages in memory. @type {Map<number, Buffer>} */
  #pages = new Map()
  /** @type {Set<number>} */
  #dirty = new Set()
  #applied
  /** @type {{ changes: readonly Change[], offsetEnd: number }[]} */
  #waiting = []
  /** @type {Promise<void> | null} */
  #checkpointing = null

  /**
   * @param {import('highwater/log').Log} log
   * @param {import('highwater/log').DiskFile} file
   * @param {import('highwater/log').DiskFile} copies
   * @param {number} checkpointBytes
   * @param {number} repaired
   */
  constructor(log, file, copies, checkpointBytes, repaired) {
    this.#log = log
    this.#file = file
    this.#copies = copies
    this.#checkpointBytes = checkpointBytes
    this.repaired = repaired
    this.#applied = log.start
  }

  /**
   * @param {number} page
   * @param {number} at
   * @param {number} length
   */
  read(page, at, length) {
    return this.#page(page).subarray(HEADER_BYTES + at, HEADER_BYTES + at + length)
  }

  /**
   * Changes bytes of several pages, all or nothing. Resolves when that survives a power cut and can be seen.
   *
   * @param {readonly Change[]} changes
   */
  async write(changes) {
    const { offsetEnd, durable } = this.#log.append(encode(changes))
    this.#waiting.push({ changes, offsetEnd })
    await durable
    while (this.#waiting[0] !== undefined && this.#waiting[0].offsetEnd <= offsetEnd) {
      const next = /** @type {{ changes: readonly Change[], offsetEnd: number }} */ (
        this.#waiting.shift()
      )
      this.apply(next.changes, next.offsetEnd)
    }
    if (this.#log.stats().sizeBytes >= this.#checkpointBytes) await this.checkpoint()
  }

  /**
   * The same for what is written now and what is replayed.
   *
   * @param {readonly Change[]} changes
   * @param {number} offsetEnd
   */
  apply(changes, offsetEnd) {
    for (const { page, at, bytes } of changes) {
      const content = this.#page(page)
      // The page was written after this change: it has it already.
      if (lsnOf(content) >= offsetEnd) continue
      content.set(bytes, HEADER_BYTES + at)
      this.#dirty.add(page)
    }
    for (const { page } of changes) {
      const content = this.#page(page)
      if (lsnOf(content) < offsetEnd) content.writeBigInt64BE(BigInt(offsetEnd), LSN_AT)
    }
    this.#applied = offsetEnd
  }

  /** Brings the page file up to the present and shortens the log. */
  checkpoint() {
    this.#checkpointing ??= this.#checkpoint().finally(() => {
      this.#checkpointing = null
    })
    return this.#checkpointing
  }

  async close() {
    await this.checkpoint()
    this.#file.close()
    this.#copies.close()
    await this.#log.close()
  }

  async #checkpoint() {
    const applied = this.#applied
    const dirty = [...this.#dirty]
    // Copies: the pages may change while these are written.
    const images = dirty.map((page) => sealed(this.#page(page), page))
    this.#dirty.clear()
    try {
      if (images.length > 0) await this.#writeTwice(images)
    } catch (error) {
      for (const page of dirty) this.#dirty.add(page)
      throw error
    }
    await this.#log.truncateBefore(applied)
  }

  /** @param {readonly Buffer[]} images */
  async #writeTwice(images) {
    this.#copies.truncate(0)
    this.#copies.write(images, 0)
    await this.#copies.sync()
    for (const image of images) this.#file.write([image], numberOf(image) * PAGE_BYTES)
    await this.#file.sync()
  }

  /** @param {number} page */
  #page(page) {
    let content = this.#pages.get(page)
    if (content === undefined) {
      content = Buffer.alloc(PAGE_BYTES)
      this.#file.read(content, page * PAGE_BYTES)
      const isRight = isEmpty(content) || (isWhole(content) && numberOf(content) === page)
      if (!isRight) throw new Error(`Cannot read page ${page}: its checksum is wrong`)
      this.#pages.set(page, content)
    }
    return content
  }
}

/**
 * Puts pages that a power cut tore back, before anything is read from them.
 *
 * @param {import('highwater/log').DiskFile} file
 * @param {import('highwater/log').DiskFile} copies
 */
async function repair(file, copies) {
  let repaired = 0
  const copy = Buffer.alloc(PAGE_BYTES)
  const present = Buffer.alloc(PAGE_BYTES)
  for (let at = 0; copies.read(copy, at) === PAGE_BYTES; at += PAGE_BYTES) {
    // The second file itself was torn: then no page was being written in place.
    if (!isWhole(copy)) continue
    const position = numberOf(copy) * PAGE_BYTES
    present.fill(0)
    file.read(present, position)
    if (isWhole(present)) continue
    file.write([copy], position)
    repaired += 1
  }
  if (repaired > 0) await file.sync()
  return repaired
}

/**
 * The page as it is stored.
 *
 * @param {Buffer} page
 * @param {number} number
 */
function sealed(page, number) {
  const image = Buffer.from(page)
  image.writeUInt32BE(number, NUMBER_AT)
  image.writeUInt32BE(crc32(image.subarray(NUMBER_AT)), 0)
  return image
}

/** @param {Buffer} image */
function isWhole(image) {
  return image.readUInt32BE(0) === crc32(image.subarray(NUMBER_AT))
}

/**
 * A page that was never written.
 *
 * @param {Buffer} image
 */
function isEmpty(image) {
  return image.every((byte) => byte === 0)
}

/** @param {Buffer} image */
function numberOf(image) {
  return image.readUInt32BE(NUMBER_AT)
}

/** @param {Buffer} page */
function lsnOf(page) {
  return Number(page.readBigInt64BE(LSN_AT))
}

/**
 * Of each change: page (4 bytes), position in it (2), length (2), bytes.
 *
 * @param {readonly Change[]} changes
 */
function encode(changes) {
  return Buffer.concat(
    changes.flatMap(({ page, at, bytes }) => {
      if (at + bytes.length > ROOM_BYTES) throw new RangeError(`A page has ${ROOM_BYTES} bytes`)
      const head = Buffer.alloc(8)
      head.writeUInt32BE(page, 0)
      head.writeUInt16BE(at, 4)
      head.writeUInt16BE(bytes.length, 6)
      return [head, bytes]
    }),
  )
}

/**
 * @param {Buffer | null} value
 * @returns {Change[]}
 */
function decode(value) {
  const bytes = /** @type {Buffer} */ (value)
  const changes = []
  for (let position = 0; position < bytes.length;) {
    const page = bytes.readUInt32BE(position)
    const at = bytes.readUInt16BE(position + 4)
    const end = position + 8 + bytes.readUInt16BE(position + 6)
    changes.push({ page, at, bytes: bytes.subarray(position + 8, end) })
    position = end
  }
  return changes
}
