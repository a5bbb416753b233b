/** gzip and zstd, both from Node's own zlib, which stops at a limit while it decompresses. */
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { damaged, tooLarge } from './damage.ts'

/** Output is collected in chunks of at most this size; small batches take a smaller one. */
const CHUNK_SIZE_MAX = 256 * 1024
const CHUNK_SIZE_MIN = 4 * 1024

/** What zlib's `info` option makes of a result. */
interface Inflated {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

export function compressGzip(bytes: Buffer, level?: number): Buffer {
  return gzipSync(bytes, { level: level ?? constants.Z_DEFAULT_COMPRESSION })
}

export function compressZstd(bytes: Buffer, level?: number): Buffer {
  return zstdCompressSync(bytes, {
    pledgedSrcSize: bytes.length,
    params: { [constants.ZSTD_c_compressionLevel]: level ?? constants.ZSTD_CLEVEL_DEFAULT },
  })
}

/** Several gzip members one after the other are one stream, as in Java. */
export function decompressGzip(bytes: Buffer, limitBytes: number): Buffer {
  return inflate('gzip', gunzipSync, bytes, limitBytes)
}

/** One frame; libzstd itself refuses windows above 128 MiB. */
export function decompressZstd(bytes: Buffer, limitBytes: number): Buffer {
  return inflate('zstd', zstdDecompressSync, bytes, limitBytes)
}

function inflate(
  codec: string,
  inflateSync: typeof gunzipSync | typeof zstdDecompressSync,
  bytes: Buffer,
  limitBytes: number,
): Buffer {
  const chunkSize = Math.min(Math.max(4 * bytes.length, CHUNK_SIZE_MIN), CHUNK_SIZE_MAX)
  let inflated: Inflated
  try {
    // zlib takes no limit of 0; the caller looks at the result once more.
    const options = { maxOutputLength: Math.max(limitBytes, 1), chunkSize, info: true }
    inflated = inflateSync(bytes, options) as unknown as Inflated
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(codec, limitBytes)
    }
    throw damaged(codec, 'the stream is broken', error)
  }
  const used = inflated.engine.bytesWritten
  // zstd stops after its first frame and would not say so.
  if (used !== bytes.length) throw damaged(codec, `${bytes.length - used} bytes are left over`)
  return inflated.buffer
}
