import { ConsumerProtocolSubscription } from '../../protocol/index.ts'
import { Reader, WireError } from '../../wire/index.ts'

/**
 * The topics in a consumer's metadata; null when the bytes have another form. Read as version 0, of which every version is an extension: what
 * newer fields hold is no concern of the coordinator.
 */
export function subscribedTopicsOf(metadata: Buffer): readonly string[] | null {
  const reader = new Reader(metadata)
  try {
    if (reader.int16() < 0) return null
    return ConsumerProtocolSubscription.decode(reader, 0).topics
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}
