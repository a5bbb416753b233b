/** Escapes in format strings and delimiters: \n \t \r \0 \\ \e \a \xHH. Any other escaped character is itself. */
const SINGLE: ReadonlyMap<string, number> = new Map([
  ['n', 10],
  ['t', 9],
  ['r', 13],
  ['0', 0],
  ['a', 7],
  ['e', 27],
])

/** The bytes that `text` means. */
export function unescape(text: string): Buffer {
  const parts: Buffer[] = []
  const pattern = /\\(?:x([0-9a-fA-F]{2})|([\s\S]))/g
  let from = 0
  for (const match of text.matchAll(pattern)) {
    parts.push(Buffer.from(text.slice(from, match.index)))
    const [whole, hex, single = ''] = match
    const code = hex === undefined ? SINGLE.get(single) : Number.parseInt(hex, 16)
    parts.push(code === undefined ? Buffer.from(single) : Buffer.of(code))
    from = match.index + whole.length
  }
  parts.push(Buffer.from(text.slice(from)))
  return Buffer.concat(parts)
}
