/** Compression by the name of a codec, synchronous: for one batch at a time. */
import type { Codec } from './codec.ts'
import { tooLarge } from './damage.ts'
import { compressLz4, decompressLz4 } from './lz4.ts'
import { compressSnappy, decompressSnappy } from './snappy.ts'
import { compressGzip, compressZstd, decompressGzip, decompressZstd } from './zlib.ts'

interface Implementation {
  compress(bytes: Buffer, level?: number): Buffer
  decompress(bytes: Buffer, limitBytes: number): Buffer
}

const implementations: Readonly<Record<Codec, Implementation>> = {
  uncompressed: { compress: (bytes) => bytes, decompress: (bytes) => bytes },
  gzip: { compress: compressGzip, decompress: decompressGzip },
  snappy: { compress: compressSnappy, decompress: decompressSnappy },
  lz4: { compress: compressLz4, decompress: decompressLz4 },
  zstd: { compress: compressZstd, decompress: decompressZstd },
}

/**
 * Compresses `bytes`. `level` is of gzip and zstd, the two codecs that have levels here.
 *
 * @throws RecordsError `CODEC_UNAVAILABLE`
 */
export function compress(codec: Codec, bytes: Buffer, level?: number): Buffer {
  return implementations[codec].compress(bytes, level)
}

/**
 * Decompresses all of `bytes`. `limitBytes` bounds the result, and with it the memory taken on the way.
 * The result of lz4 lies in memory that is freed only after a turn of the event loop: whoever decompresses much in
 * one turn must yield in between.
 *
 * @throws RecordsError
 */
export function decompress(codec: Codec, bytes: Buffer, limitBytes: number): Buffer {
  const output = implementations[codec].decompress(bytes, limitBytes)
  if (output.length > limitBytes) throw tooLarge(codec, limitBytes)
  return output
}
