/**
 * The floors: what any Node server must do for a request, and nothing else. `node floor-server.ts MODE FOLDER`, where MODE is
 *
 * - `write`: receives length-prefixed frames, computes the CRC-32C of each, writes it to a file through the page cache, answers with four bytes;
 * - `sync`: the same, and answers after an fdatasync that all frames share which came before it began;
 * - `echo`: receives and answers;
 * - `send`: reads the next MiB of a file that lies in the page cache, and answers with it.
 *
 * Files are as large, and live as long, as the segments of the nodes beside it.
 */
import { crc32c as crc32cOf } from '@node-rs/crc32'
import {
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
  writevSync,
} from 'node:fs'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'

const SEGMENT_BYTES = 64 * 1024 * 1024
const SEGMENTS = 4
const SEND_BYTES = 1024 * 1024

const [mode = 'write', folder = '.'] = process.argv.slice(2)
const answer = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0])
mkdirSync(folder, { recursive: true })

/** Appends to a few files in turn, each emptied before it is used again. */
const appender = {
  files: [] as number[],
  index: -1,
  sizeBytes: SEGMENT_BYTES,
  open(): void {
    for (let i = 0; i < SEGMENTS; i++) this.files.push(openSync(join(folder, `${i}.log`), 'w'))
  },
  get file(): number {
    return this.files[this.index] ?? -1
  },
  append(pieces: readonly Buffer[], sizeBytes: number): void {
    if (this.sizeBytes + sizeBytes > SEGMENT_BYTES) this.roll()
    if (pieces.length === 1) writeSync(this.file, pieces[0] as Buffer, 0, sizeBytes, this.sizeBytes)
    else writevSync(this.file, pieces, this.sizeBytes)
    this.sizeBytes += sizeBytes
  },
  roll(): void {
    if (mode === 'sync' && this.index >= 0) fdatasyncSync(this.file)
    this.index = (this.index + 1) % SEGMENTS
    ftruncateSync(this.file, 0)
    this.sizeBytes = 0
  },
}

/** Answers after a sync; who comes during one shares the next. */
const group = {
  waiting: [] as Socket[],
  isSyncing: false,
  add(socket: Socket): void {
    this.waiting.push(socket)
    if (!this.isSyncing) setImmediate(() => this.sync())
    this.isSyncing = true
  },
  sync(): void {
    const served = this.waiting
    this.waiting = []
    fdatasync(appender.file, () => {
      for (const socket of served) socket.write(answer)
      if (this.waiting.length > 0) this.sync()
      else this.isSyncing = false
    })
  },
}

/** A file to send from. */
const sender = {
  file: -1,
  sizeBytes: SEGMENT_BYTES * SEGMENTS,
  open(): void {
    this.file = openSync(join(folder, 'send.log'), 'w+')
    const piece = Buffer.alloc(SEND_BYTES, 'floor ')
    for (let at = 0; at < this.sizeBytes; at += SEND_BYTES)
      writeSync(this.file, piece, 0, SEND_BYTES, at)
  },
  next(position: number): Buffer {
    const response = Buffer.allocUnsafe(4 + SEND_BYTES)
    response.writeInt32BE(SEND_BYTES, 0)
    readSync(this.file, response, 4, SEND_BYTES, position)
    return response
  },
}

/** Cuts the stream of one connection into frames, without copying a byte. */
class Frames {
  readonly #socket: Socket
  readonly #header = Buffer.alloc(4)
  #headerBytes = 0
  #remaining = 0
  #sizeBytes = 0
  #pieces: Buffer[] = []
  #crc = 0
  #sendPosition: number

  constructor(socket: Socket, sendPosition: number) {
    this.#socket = socket
    this.#sendPosition = sendPosition
  }

  push(chunk: Buffer): void {
    for (let position = 0; position < chunk.length;) {
      if (this.#headerBytes < 4) {
        const taken = chunk.copy(
          this.#header,
          this.#headerBytes,
          position,
          position + 4 - this.#headerBytes,
        )
        this.#headerBytes += taken
        position += taken
        if (this.#headerBytes === 4) this.#remaining = this.#sizeBytes = this.#header.readInt32BE(0)
        continue
      }
      const piece = chunk.subarray(position, position + this.#remaining)
      position += piece.length
      this.#remaining -= piece.length
      if (mode === 'write' || mode === 'sync') {
        this.#crc = crc32cOf(piece, this.#crc)
        this.#pieces.push(piece)
      }
      if (this.#remaining === 0) this.#whole()
    }
  }

  #whole(): void {
    if (mode === 'send') {
      this.#socket.write(sender.next(this.#sendPosition))
      this.#sendPosition = (this.#sendPosition + SEND_BYTES) % sender.sizeBytes
    } else {
      if (mode !== 'echo') appender.append(this.#pieces, this.#sizeBytes)
      if (mode === 'sync') group.add(this.#socket)
      else this.#socket.write(answer)
    }
    this.#pieces = []
    this.#crc = 0
    this.#headerBytes = 0
  }
}

if (mode === 'send') sender.open()
else if (mode !== 'echo') appender.open()
let connections = 0
const server = createServer({ noDelay: true }, (socket) => {
  const frames = new Frames(socket, (connections++ % SEGMENTS) * SEGMENT_BYTES)
  socket.on('data', (chunk: Buffer) => frames.push(chunk))
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object')
    process.stdout.write(`port ${address.port}\n`)
})
process.once('SIGTERM', () => process.exit(0))
