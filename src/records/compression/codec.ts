/** The codecs of record batches by their id in the batch attributes (org.apache.kafka.common.record.CompressionType). */
export type Codec = 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

const CODECS: readonly Codec[] = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']

/** The codec that an id names; null for an id that names none. */
export function codecOfId(id: number): Codec | null {
  return CODECS[id] ?? null
}

/** The id that a codec has in the batch attributes. */
export function idOfCodec(codec: Codec): number {
  return CODECS.indexOf(codec)
}
