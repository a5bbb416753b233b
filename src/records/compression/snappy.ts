/**
 * Snappy in its two forms: a raw block, as librdkafka writes it, and the blocks of snappy-java
 * (org.xerial.snappy.SnappyOutputStream) with a length before each, as Java writes it. Every client reads both.
 */
import { varint } from '../../base/index.ts'
import { damaged, tooLarge } from './damage.ts'
import { lazyNative } from './native.ts'

interface Snappy {
  compressSync(bytes: Uint8Array, options: { copyOutputData: true }): Buffer
  uncompressSync(bytes: Uint8Array, options: { copyOutputData: true }): Buffer
}

const snappy = lazyNative('snappy') as () => Snappy
/** Outputs in foreign memory would be freed only after a turn of the event loop, and pile up until then. */
const COPY = { copyOutputData: true } as const

/** No block expands further: its densest element makes 64 bytes of three. */
const EXPANSION_MAX = 22

/** Magic, version 1, compatible with version 1. */
const XERIAL_HEADER = Buffer.from('82534e41505059000000000100000001', 'hex')
const XERIAL_MAGIC_SIZE = 8
/** Bytes of input per block, as snappy-java has them by default. */
const XERIAL_BLOCK_SIZE = 32 * 1024

/** More and smaller blocks than this no encoder writes; each costs a native call. */
const XERIAL_BLOCKS_ALWAYS = 64
const XERIAL_BLOCK_SIZE_MEAN_MIN = 1024

/** In the form that Java writes. */
export function compressSnappy(bytes: Buffer): Buffer {
  const parts: Buffer[] = [XERIAL_HEADER]
  for (let start = 0; start < bytes.length; start += XERIAL_BLOCK_SIZE) {
    const block = snappy().compressSync(bytes.subarray(start, start + XERIAL_BLOCK_SIZE), COPY)
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** Either form; nothing is allocated before the declared lengths have been held against the limit and the input. */
export function decompressSnappy(bytes: Buffer, limitBytes: number): Buffer {
  if (!isXerial(bytes)) {
    if (declaredLength(bytes) > limitBytes) throw tooLarge('snappy', limitBytes)
    return decompressBlock(bytes)
  }
  const blocks = xerialBlocks(bytes)
  let size = 0
  for (const block of blocks) size += declaredLength(block)
  if (size > limitBytes) throw tooLarge('snappy', limitBytes)
  if (blocks.length > XERIAL_BLOCKS_ALWAYS + size / XERIAL_BLOCK_SIZE_MEAN_MIN) {
    throw damaged('snappy', `${blocks.length} blocks hold only ${size} bytes`)
  }
  const [first] = blocks
  if (blocks.length === 1 && first !== undefined) return decompressBlock(first)
  return Buffer.concat(blocks.map(decompressBlock), size)
}

/** A raw block cannot begin like this: its first element would copy from before the beginning. */
function isXerial(bytes: Buffer): boolean {
  return (
    bytes.length >= XERIAL_MAGIC_SIZE &&
    bytes.compare(XERIAL_HEADER, 0, XERIAL_MAGIC_SIZE, 0, XERIAL_MAGIC_SIZE) === 0
  )
}

function xerialBlocks(bytes: Buffer): Buffer[] {
  if (bytes.length < XERIAL_HEADER.length) throw damaged('snappy', 'the header is cut short')
  const blocks: Buffer[] = []
  let position = XERIAL_HEADER.length
  while (position < bytes.length) {
    const start = position + 4
    const length = start <= bytes.length ? bytes.readInt32BE(position) : -1
    if (length <= 0 || start + length > bytes.length) {
      throw damaged('snappy', `the length of block ${blocks.length} is wrong`)
    }
    blocks.push(bytes.subarray(start, start + length))
    position = start + length
  }
  return blocks
}

/** The uncompressed length that a raw block declares, held against what its size allows. */
function declaredLength(block: Buffer): number {
  const length = varint.readUvarint32(block, 0, block.length)
  if (varint.next < 0) throw damaged('snappy', 'its length is malformed')
  if (length > block.length * EXPANSION_MAX) {
    throw damaged('snappy', `${block.length} bytes cannot become ${length}`)
  }
  return length
}

function decompressBlock(block: Buffer): Buffer {
  try {
    return snappy().uncompressSync(block, COPY)
  } catch (error) {
    throw damaged('snappy', 'a block is broken', error)
  }
}
