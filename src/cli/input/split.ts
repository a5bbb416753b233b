/** Cuts a stream of bytes at a delimiter. */

/**
 * The pieces of `chunks` between delimiters, those of one chunk together. What follows the last delimiter is a piece unless it is empty.
 * A piece may be of any size: it is put together once.
 */
export async function* splitAt(
  chunks: AsyncIterable<Buffer>,
  delimiter: Buffer,
): AsyncGenerator<Buffer[]> {
  // Of the unfinished piece. The delimiter may lie across two chunks, so its head is looked for again with the next one.
  let pending: Buffer[] = []
  let pendingBytes = 0
  for await (const chunk of chunks) {
    const tail = tailOf(pending, delimiter.length - 1)
    const searched = tail.length === 0 ? chunk : Buffer.concat([tail, chunk])
    const pieces: Buffer[] = []
    let from = 0
    let at = searched.indexOf(delimiter)
    if (at >= 0 && pendingBytes > 0) {
      const before = Buffer.concat(pending, pendingBytes).subarray(0, pendingBytes - tail.length)
      pieces.push(Buffer.concat([before, searched.subarray(0, at)]))
      from = at + delimiter.length
      at = searched.indexOf(delimiter, from)
      pending = []
      pendingBytes = 0
    }
    for (; at >= 0; at = searched.indexOf(delimiter, from)) {
      pieces.push(searched.subarray(from, at))
      from = at + delimiter.length
    }
    const rest = pendingBytes > 0 ? chunk : searched.subarray(from)
    if (rest.length > 0) pending.push(rest)
    pendingBytes += rest.length
    if (pieces.length > 0) yield pieces
  }
  if (pendingBytes > 0) yield [Buffer.concat(pending, pendingBytes)]
}

/** The last `size` bytes of `parts`, or all there are. */
function tailOf(parts: readonly Buffer[], size: number): Buffer {
  if (size === 0) return EMPTY
  let tail = EMPTY
  for (let index = parts.length - 1; index >= 0 && tail.length < size; index--) {
    const part = parts[index] ?? EMPTY
    tail = Buffer.concat([part.subarray(Math.max(part.length - (size - tail.length), 0)), tail])
  }
  return tail
}

const EMPTY = Buffer.alloc(0)
