/**
 * The floor: what any Node server must do for a produce request and nothing else. Receives length-prefixed frames, computes the
 * CRC-32C of each, writes it to a file through the page cache, answers with eight bytes. With `--echo` it only answers.
 */
import { mkdirSync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { crc32c } from '../../src/base/index.ts'

const [path = '', mode = ''] = process.argv.slice(2)
mkdirSync(dirname(path), { recursive: true })
const file = openSync(path, 'w')
const answer = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0])

const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer[] = []
  let pendingBytes = 0
  socket.on('data', (chunk: Buffer) => {
    pending.push(chunk)
    pendingBytes += chunk.length
    while (pendingBytes >= 4) {
      const first = pending[0] as Buffer
      const head = first.length >= 4 ? first : Buffer.concat(pending)
      const length = head.readInt32BE(0)
      if (pendingBytes < 4 + length) return
      const all = pending.length === 1 ? first : Buffer.concat(pending)
      const frame = all.subarray(4, 4 + length)
      if (mode !== '--echo') {
        crc32c(frame)
        writeSync(file, frame)
      }
      socket.write(answer)
      const rest = all.subarray(4 + length)
      pending = rest.length === 0 ? [] : [rest]
      pendingBytes = rest.length
    }
  })
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object')
    process.stdout.write(`port ${address.port}\n`)
})
process.once('SIGTERM', () => process.exit(0))
