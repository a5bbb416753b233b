import { createRequire } from 'node:module'
import { RecordsError } from '../error.ts'

const require = createRequire(import.meta.url)

/**
 * A native codec module, loaded at its first use: starting a node must not wait for codecs that nobody sends.
 *
 * @throws RecordsError `CODEC_UNAVAILABLE` where the platform has no build of it
 */
export function lazyNative(name: string): () => unknown {
  let loaded: unknown = null
  return () => {
    if (loaded !== null) return loaded
    try {
      loaded = require(name) as unknown
      return loaded
    } catch (error) {
      throw new RecordsError(
        'CODEC_UNAVAILABLE',
        `Cannot load the codec '${name}': found no build for ${process.platform}-${process.arch}`,
        { cause: error },
      )
    }
  }
}
