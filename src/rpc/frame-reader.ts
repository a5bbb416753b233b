/**
 * Cuts a byte stream into Kafka frames: an int32 length, then that many bytes.
 *
 * Memory follows the bytes that came, never the length that was declared: a frame's buffer starts small and grows as it fills, unless
 * the connection has already delivered that many bytes in its life (CVE-2026-111115 and its kin: reference
 * reliability-and-performance.md A.4).
 */

import type { BufferPool } from '../base/index.ts'

/** Allocated for a frame without having seen a byte of it. */
const FIRST_ALLOCATION_BYTES = 64 * 1024
/**
 * Beyond this a frame grows by large steps, so that little of it is copied again. The kernel gives memory only to pages that are written, so
 * what is taken ahead costs addresses.
 */
const LARGE_FRAME_BYTES = 2 * 1024 * 1024
const LARGE_GROWTH = 8

export interface FrameProblem {
  /** What stands on the port instead of Kafka's protocol, as far as four bytes tell. */
  readonly kind: 'http' | 'tls' | 'ssh' | 'length'
  readonly message: string
}

export class FrameReader {
  /** Frames longer than this are refused. May be raised once a client has proved who it is. */
  sizeBytesMax: number
  #header = Buffer.allocUnsafe(4)
  #headerBytes = 0
  #frame: Buffer | null = null
  #frameBytes = 0
  #frameLength = 0
  #receivedBytes = 0
  readonly #buffers: BufferPool | null

  /** @param buffers where frames get their memory; whoever is done with a frame may give it back there */
  constructor(sizeBytesMax: number, buffers: BufferPool | null = null) {
    this.sizeBytesMax = sizeBytesMax
    this.#buffers = buffers
  }

  /** True between the first byte of a frame and its last. */
  get isInsideFrame(): boolean {
    return this.#headerBytes > 0
  }

  /** Bytes of the current frame that have come. */
  get frameBytes(): number {
    return this.#frameBytes
  }

  /** Memory taken for the frame that is not complete yet. */
  get heldBytes(): number {
    return this.#frame?.length ?? 0
  }

  /** Bytes of the stream that have come. */
  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /**
   * Takes the next bytes of the stream and calls `onFrame` for each frame that they complete. `chunk` is copied. After a problem the
   * stream has no frame boundaries any more: close the connection.
   */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): FrameProblem | null {
    this.#receivedBytes += chunk.length
    let position = 0
    while (position < chunk.length) {
      if (this.#headerBytes < 4) {
        position = this.#takeHeader(chunk, position)
        if (this.#headerBytes < 4) return null
        const problem = this.#startFrame()
        if (problem !== null) return problem
      }
      position = this.#takeBody(chunk, position)
      if (this.#frameBytes < this.#frameLength) return null
      const frame = (this.#frame as Buffer).subarray(0, this.#frameLength)
      this.#frame = null
      this.#headerBytes = 0
      onFrame(frame)
    }
    return null
  }

  #takeHeader(chunk: Buffer, position: number): number {
    while (this.#headerBytes < 4 && position < chunk.length) {
      this.#header[this.#headerBytes++] = chunk[position++] as number
    }
    return position
  }

  #startFrame(): FrameProblem | null {
    const length = this.#header.readInt32BE(0)
    if (length <= 0 || length > this.sizeBytesMax) return this.#problem(length)
    this.#frameLength = length
    this.#frameBytes = 0
    const trusted = Math.max(FIRST_ALLOCATION_BYTES, this.#receivedBytes)
    this.#frame = this.#allocate(Math.min(length, trusted))
    return null
  }

  #takeBody(chunk: Buffer, position: number): number {
    const take = Math.min(this.#frameLength - this.#frameBytes, chunk.length - position)
    let frame = this.#frame as Buffer
    if (this.#frameBytes + take > frame.length) {
      const growth = frame.length < LARGE_FRAME_BYTES ? 2 : LARGE_GROWTH
      const grown = this.#allocate(
        Math.min(this.#frameLength, Math.max(frame.length * growth, this.#frameBytes + take)),
      )
      frame.copy(grown, 0, 0, this.#frameBytes)
      this.#buffers?.give(frame)
      frame = this.#frame = grown
    }
    chunk.copy(frame, this.#frameBytes, position, position + take)
    this.#frameBytes += take
    return position + take
  }

  #allocate(sizeBytes: number): Buffer {
    return this.#buffers?.take(sizeBytes) ?? Buffer.allocUnsafe(sizeBytes)
  }

  #problem(length: number): FrameProblem {
    const text = this.#header.toString('latin1')
    if (/^(GET |POST|PUT |HEAD|OPTI|DELE|PATC|CONN|PRI )/.test(text)) {
      return {
        kind: 'http',
        message: 'Cannot serve HTTP here: this port speaks the Kafka protocol',
      }
    }
    if (text.startsWith('SSH-')) {
      return { kind: 'ssh', message: 'Cannot serve SSH here: this port speaks the Kafka protocol' }
    }
    if (this.#header[0] === 0x16 && this.#header[1] === 0x03) {
      return { kind: 'tls', message: 'Cannot serve TLS here: this listener is PLAINTEXT' }
    }
    return {
      kind: 'length',
      message: `Cannot read a frame of ${length} bytes: allowed are 1 to ${this.sizeBytesMax}`,
    }
  }
}
