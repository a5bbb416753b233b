import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { Connection, Network } from '../network.ts'
import { NetworkError } from '../network.ts'
import { networkError } from './errors.ts'
import { nodeNetwork } from './network.ts'
import { canShareBuffer } from './receive.ts'

const HOST = '127.0.0.1'
const network: Network = nodeNetwork(() => {})

/** Time for what is ready on the loop. */
async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((done) => setImmediate(done))
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !condition(); i++) await turns()
  expect(condition()).toBe(true)
}

/** A raw socket at one end, one of our connections at the other. */
async function accepted(): Promise<{ raw: Socket; ours: Connection; close: () => Promise<void> }> {
  let ours: Connection | null = null
  const listener = await network.listen({ host: HOST, port: 0 }, (connection) => {
    ours = connection
  })
  const raw = connect({ host: HOST, port: listener.port, allowHalfOpen: true })
  await until(() => ours !== null)
  const connection = ours as unknown as Connection
  const close = async (): Promise<void> => {
    raw.destroy()
    connection.destroy()
    await listener.close()
  }
  return { raw, ours: connection, close }
}

describe('a connection', () => {
  it('sends what one turn of the loop wrote in one piece', async () => {
    const { raw, ours, close } = await accepted()
    const chunks: string[] = []
    raw.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
    ours.write([Buffer.from('a'), Buffer.from('b')])
    ours.write([Buffer.from('c')])
    for (const letter of ['d', 'e', 'f']) {
      void Promise.resolve().then(() => ours.write([Buffer.from(letter)]))
    }
    await until(() => chunks.length > 0)
    expect(chunks).toEqual(['abcdef'])
    const large = Buffer.alloc(20_000, 'x')
    ours.write([large])
    ours.write([Buffer.from('y'), large])
    await until(() => chunks.join('').length === 6 + 40_001)
    expect(chunks.join('').slice(6)).toBe(`${large.toString()}y${large.toString()}`)
    await close()
  })

  it.skipIf(!canShareBuffer)('reads into one buffer, accepted or opened', async () => {
    const { raw, ours, close } = await accepted()
    const memory: ArrayBufferLike[] = []
    ours.onData((chunk) => memory.push(chunk.buffer))
    raw.write('x')
    await until(() => memory.length === 1)
    const server = createServer((socket) => socket.end('y'))
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
    const { port } = server.address() as { port: number }
    const opened = await network.connect({ host: HOST, port, timeoutMs: 1_000 })
    opened.onData((chunk) => memory.push(chunk.buffer))
    await until(() => memory.length === 2)
    expect(memory[1]).toBe(memory[0])
    server.close()
    await close()
  })

  it('answers a peer that has already ended its side', async () => {
    const { raw, ours, close } = await accepted()
    const answer = Buffer.alloc(16 * 1024 * 1024)
    const closes: unknown[] = []
    let received = 0
    raw.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    ours.onData(() => ours.write([answer]))
    ours.onClose((error) => closes.push(error))
    raw.end('question')
    await until(() => closes.length === 1)
    await until(() => received === answer.length)
    expect(closes).toEqual([null])
    await close()
  })

  it('reports a peer that resets', async () => {
    const { raw, ours, close } = await accepted()
    const closes: unknown[] = []
    ours.onClose((error) => closes.push(error?.code))
    raw.resetAndDestroy()
    await until(() => closes.length === 1)
    expect(closes).toEqual(['RESET'])
    await close()
  })

  it('gives up an end that the peer never answers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { ours, close } = await accepted()
      const closes: unknown[] = []
      ours.onClose((error) => closes.push(error))
      ours.end()
      await turns()
      vi.advanceTimersByTime(4_900)
      await turns()
      expect(closes).toEqual([])
      vi.advanceTimersByTime(200)
      await turns()
      expect(closes).toEqual([null])
      await close()
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('connect()', () => {
  it('finds a host by name', async () => {
    const listener = await network.listen({ host: HOST, port: 0 }, (connection) => {
      connection.write([Buffer.from('hello')])
    })
    const { port } = listener
    const connection = await network.connect({ host: 'localhost', port, timeoutMs: 2_000 })
    let text = ''
    connection.onData((chunk) => (text += chunk.toString()))
    await until(() => text === 'hello')
    connection.destroy()
    await listener.close()
  })

  it('says what was tried and why not', async () => {
    const dial = network.connect({ host: 'no-such-host.invalid', port: 9, timeoutMs: 5_000 })
    const error: unknown = await dial.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NetworkError)
    const { code, message } = error as NetworkError
    expect(['UNREACHABLE', 'TIMED_OUT']).toContain(code)
    expect(message).toMatch(/^Cannot connect to no-such-host.invalid:9: /)
  })
})

describe('networkError()', () => {
  it('knows what callers treat differently', () => {
    const codeOf = (code: string): string =>
      networkError('talk', Object.assign(new Error(code), { code })).code
    expect(codeOf('ECONNREFUSED')).toBe('REFUSED')
    expect(codeOf('ETIMEDOUT')).toBe('TIMED_OUT')
    expect(codeOf('ECONNRESET')).toBe('RESET')
    expect(codeOf('EPIPE')).toBe('RESET')
    expect(codeOf('EADDRINUSE')).toBe('ADDRESS_IN_USE')
    expect(codeOf('ENOTFOUND')).toBe('UNREACHABLE')
    expect(codeOf('EWHATEVER')).toBe('OTHER')
  })

  it('gathers the reasons of several addresses', () => {
    const both = new AggregateError([new Error('first'), new Error('second')])
    expect(networkError('talk', both).message).toBe('Cannot talk: first; second')
  })
})
