/**
 * LZ4 in its frame format (KIP-57). The native decoder has no limit and stops without a word after the first frame or
 * at a missing end, so the frame is walked from block header to block header first.
 */
import { damaged, tooLarge } from './damage.ts'
import { lazyNative } from './native.ts'

interface Lz4 {
  compressFrameSync(bytes: Buffer): Buffer
  decompressFrameSync(bytes: Buffer): Buffer
}

const lz4 = lazyNative('lz4-napi') as () => Lz4

const MAGIC = 0x184d_2204
const BLOCK_CHECKSUM_FLAG = 0x10
const CONTENT_SIZE_FLAG = 0x08
const CONTENT_CHECKSUM_FLAG = 0x04
const DICTIONARY_FLAG = 0x01
const UNCOMPRESSED_BLOCK = 0x8000_0000
/** Magic, flags, block size and header checksum: the smallest header. */
const HEADER_SIZE_MIN = 7
/** Each byte of a block adds at most so many to the output: the length codes go up to 255. */
const EXPANSION_MAX = 255

/** This codec has one level only; `compression.lz4.level` chooses among Java's. */
export function compressLz4(bytes: Buffer): Buffer {
  return lz4().compressFrameSync(bytes)
}

/** Decompresses exactly one whole frame. */
export function decompressLz4(bytes: Buffer, limitBytes: number): Buffer {
  if (outputBoundOf(bytes) > limitBytes) throw tooLarge('lz4', limitBytes)
  let output: Buffer
  try {
    output = lz4().decompressFrameSync(bytes)
  } catch (error) {
    throw damaged('lz4', 'a block is broken', error)
  }
  return output
}

/** How large a frame can become at most: never less than it will, at most one block more. */
function outputBoundOf(frame: Buffer): number {
  if (frame.length < HEADER_SIZE_MIN) throw damaged('lz4', 'the frame header is cut short')
  if (frame.readUInt32LE(0) !== MAGIC) throw damaged('lz4', 'it does not begin with a frame')
  const flags = frame.readUInt8(4)
  if (flags >>> 6 !== 1) throw damaged('lz4', `version ${flags >>> 6} of frames is unknown`)
  if ((flags & DICTIONARY_FLAG) !== 0) throw damaged('lz4', 'it needs a dictionary')
  const blockSizeMax = blockSizeMaxOf(frame.readUInt8(5))
  const blockTrailer = (flags & BLOCK_CHECKSUM_FLAG) === 0 ? 0 : 4
  const frameTrailer = (flags & CONTENT_CHECKSUM_FLAG) === 0 ? 0 : 4

  let position = HEADER_SIZE_MIN + ((flags & CONTENT_SIZE_FLAG) === 0 ? 0 : 8)
  let bound = 0
  for (;;) {
    if (position + 4 > frame.length) throw damaged('lz4', 'the frame has no end')
    const header = frame.readUInt32LE(position)
    position += 4
    if (header === 0) break
    const isCompressed = header < UNCOMPRESSED_BLOCK
    const size = isCompressed ? header : header - UNCOMPRESSED_BLOCK
    if (size > blockSizeMax) throw damaged('lz4', `a block of ${size} bytes is too large`)
    bound += isCompressed ? Math.min(blockSizeMax, size * EXPANSION_MAX) : size
    position += size + blockTrailer
  }
  const left = frame.length - position - frameTrailer
  if (left < 0) throw damaged('lz4', 'the frame has no end')
  if (left > 0) throw damaged('lz4', `${left} bytes are left over`)
  return bound
}

/** Codes 4 to 7 stand for 64 KiB, 256 KiB, 1 MiB and 4 MiB. */
function blockSizeMaxOf(descriptor: number): number {
  const code = (descriptor >>> 4) & 0x07
  if (code < 4) throw damaged('lz4', `block size code ${code} is unknown`)
  return 2 ** (8 + 2 * code)
}
