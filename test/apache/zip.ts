/** Reads files out of a jar (zip, without zip64 and encryption), as far as the schema test needs it. */
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const END_SIGNATURE = 0x06054b50
const END_SIZE = 22
const ENTRY_SIGNATURE = 0x02014b50
const ENTRY_SIZE = 46
const LOCAL_HEADER_SIZE = 30
const STORED = 0
const DEFLATED = 8

export interface JarFile {
  readonly name: string
  read(): Buffer
}

/** All files of the jar, from its central directory. */
export function readJar(path: string): JarFile[] {
  const jar = readFileSync(path)
  const end = jar.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || jar.length - end < END_SIZE || jar.readUInt32LE(end) !== END_SIGNATURE) {
    throw new Error(`Cannot read ${path}: found no central directory, expected a jar`)
  }
  const files: JarFile[] = []
  let position = jar.readUInt32LE(end + 16)
  for (let count = jar.readUInt16LE(end + 10); count > 0; count--) {
    if (jar.readUInt32LE(position) !== ENTRY_SIGNATURE) {
      throw new Error(`Cannot read ${path}: found no directory entry at ${position}`)
    }
    const entry = position
    const nameSize = jar.readUInt16LE(entry + 28)
    const name = jar.toString('utf8', entry + ENTRY_SIZE, entry + ENTRY_SIZE + nameSize)
    files.push({ name, read: () => readEntry(jar, entry) })
    position += ENTRY_SIZE + nameSize + jar.readUInt16LE(entry + 30) + jar.readUInt16LE(entry + 32)
  }
  return files
}

function readEntry(jar: Buffer, entry: number): Buffer {
  const method = jar.readUInt16LE(entry + 10)
  const size = jar.readUInt32LE(entry + 20)
  const local = jar.readUInt32LE(entry + 42)
  const start =
    local + LOCAL_HEADER_SIZE + jar.readUInt16LE(local + 26) + jar.readUInt16LE(local + 28)
  const content = jar.subarray(start, start + size)
  if (method === DEFLATED) return inflateRawSync(content)
  if (method === STORED) return content
  throw new Error(`Cannot unpack an entry of compression method ${method}: allowed are 0 and 8`)
}
