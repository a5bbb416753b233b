import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { conforms, sleep } from './harness.conformance.ts'
import type { Harness, MakeHarness } from './harness.conformance.ts'
import { NetworkError } from './network.ts'
import type { Connection, Listener, NetworkErrorCode } from './network.ts'

const HOST = '127.0.0.1'

/** What every {@link Network} must do while no fault happens. */
export function networkConformance(name: string, make: MakeHarness): void {
  describe(`${name} conforms to Network`, () => {
    opening(make)
    streaming(make)
    closing(make)
  })
}

/** One end, with what came to it. */
class Peer {
  readonly connection: Connection
  readonly received: Buffer[] = []
  readonly closes: (NetworkError | null)[] = []
  drains = 0
  readonly closed: Promise<void>

  constructor(connection: Connection) {
    this.connection = connection
    connection.onData((chunk) => {
      expect(this.closes).toEqual([])
      this.received.push(Buffer.from(chunk))
    })
    connection.onDrain(() => {
      expect(connection.bufferedBytes).toBe(0)
      this.drains += 1
    })
    this.closed = new Promise((resolve) => {
      connection.onClose((error) => {
        this.closes.push(error)
        resolve()
      })
    })
  }

  get text(): string {
    return Buffer.concat(this.received).toString()
  }

  get sizeBytes(): number {
    return this.received.reduce((sum, chunk) => sum + chunk.length, 0)
  }
}

async function until(harness: Harness, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 10_000 && !condition(); i++) await sleep(harness.io.clock, 1)
  expect(condition()).toBe(true)
}

interface Pair {
  readonly listener: Listener
  readonly client: Peer
  readonly server: Peer
}

/** `greet` runs in the accept callback. */
async function pair(harness: Harness, greet?: (connection: Connection) => void): Promise<Pair> {
  const { io, other } = harness
  let server: Peer | null = null
  const listener = await io.network.listen({ host: HOST, port: 0 }, (connection) => {
    server = new Peer(connection)
    greet?.(connection)
  })
  const { port } = listener
  const client = new Peer(await other.network.connect({ host: HOST, port, timeoutMs: 5_000 }))
  await until(harness, () => server !== null)
  return { listener, client, server: server as unknown as Peer }
}

async function codeOf(call: Promise<unknown>): Promise<NetworkErrorCode | 'no error'> {
  try {
    await call
  } catch (error) {
    expect(error).toBeInstanceOf(NetworkError)
    return (error as NetworkError).code
  }
  return 'no error'
}

/** Ends both sides, so that nothing of a test outlives it. */
async function finish({ listener, client, server }: Pair): Promise<void> {
  client.connection.destroy()
  server.connection.destroy()
  await Promise.all([client.closed, server.closed, listener.close()])
  expect(client.closes).toHaveLength(1)
  expect(server.closes).toHaveLength(1)
}

function opening(make: MakeHarness): void {
  conforms(make, 'both ends know who and where they are', async (harness) => {
    const both = await pair(harness)
    const { listener, client, server } = both
    expect(listener.host).toBe(HOST)
    expect(listener.port).toBeGreaterThan(0)
    expect(client.connection.remotePort).toBe(listener.port)
    expect(server.connection.localPort).toBe(listener.port)
    expect(server.connection.remotePort).toBe(client.connection.localPort)
    expect(server.connection.remoteHost).toBe(HOST)
    await finish(both)
  })

  conforms(make, 'nobody listening is REFUSED', async ({ io }) => {
    const listener = await io.network.listen({ host: HOST, port: 0 }, () => {})
    await listener.close()
    const target = { host: HOST, port: listener.port, timeoutMs: 5_000 }
    expect(await codeOf(io.network.connect(target))).toBe('REFUSED')
  })

  conforms(make, 'a port that is taken is ADDRESS_IN_USE', async ({ io, other }) => {
    const listener = await io.network.listen({ host: HOST, port: 0 }, () => {})
    const again = other.network.listen({ host: HOST, port: listener.port }, () => {})
    expect(await codeOf(again)).toBe('ADDRESS_IN_USE')
    await listener.close()
    const free = await other.network.listen({ host: HOST, port: listener.port }, () => {})
    expect(free.port).toBe(listener.port)
    await free.close()
  })

  conforms(make, 'a closed listener leaves its connections alone', async (harness) => {
    const both = await pair(harness)
    const { listener, client, server } = both
    await listener.close()
    client.connection.write([Buffer.from('still open')])
    await until(harness, () => server.text === 'still open')
    const target = { host: HOST, port: listener.port, timeoutMs: 5_000 }
    expect(await codeOf(harness.io.network.connect(target))).toBe('REFUSED')
    await finish(both)
  })

  conforms(make, 'what is said while accepting is heard', async (harness) => {
    const both = await pair(harness, (connection) => connection.write([Buffer.from('welcome')]))
    await until(harness, () => both.client.text === 'welcome')
    await finish(both)
  })
}

function streaming(make: MakeHarness): void {
  conforms(make, 'bytes arrive whole and in order, both ways', async (harness) => {
    const both = await pair(harness)
    const { client, server } = both
    const sent = { client: createHash('sha1'), server: createHash('sha1') }
    let total = 0
    for (let i = 0; i < 300; i++) {
      const size = [0, 1, 7, 300, 5_000, 40_000][i % 6] as number
      const buffers = [harness.io.entropy.randomBytes(size), Buffer.from(`#${i}`)]
      for (const buffer of buffers) {
        sent.client.update(buffer)
        sent.server.update(buffer)
        total += buffer.length
      }
      client.connection.write(buffers)
      server.connection.write(buffers)
      if (i % 50 === 0) await sleep(harness.io.clock, 1)
    }
    await until(harness, () => client.sizeBytes === total && server.sizeBytes === total)
    for (const [peer, hash] of [
      [client, sent.server],
      [server, sent.client],
    ] as const) {
      const received = createHash('sha1').update(Buffer.concat(peer.received))
      expect(received.digest('hex')).toBe(hash.digest('hex'))
    }
    await finish(both)
  })

  conforms(make, 'a slow reader is felt by the writer', async (harness) => {
    const both = await pair(harness)
    const { client, server } = both
    server.connection.pause()
    const chunk = Buffer.alloc(256 * 1024, 'x')
    let total = 0
    // More than what kernels hold of one connection.
    while (total < 32 * 1024 * 1024) {
      total += chunk.length
      client.connection.write([chunk])
    }
    expect(client.connection.write([Buffer.from('.')])).toBe(false)
    await sleep(harness.io.clock, 50)
    expect(server.sizeBytes).toBe(0)
    expect(client.drains).toBe(0)
    expect(client.connection.bufferedBytes).toBeGreaterThan(1024 * 1024)
    server.connection.resume()
    await until(harness, () => server.sizeBytes === total + 1)
    await until(harness, () => client.drains === 1)
    expect(client.connection.bufferedBytes).toBe(0)
    expect(client.connection.write([Buffer.from('.')])).toBe(true)
    await finish(both)
  })

  conforms(make, 'what was sent may change, what was not is not said to be', async (harness) => {
    const both = await pair(harness)
    const { client, server } = both
    server.connection.pause()
    const sent: number[] = []
    const buffers = Array.from({ length: 64 }, (_, i) => Buffer.alloc(512 * 1024, i))
    for (const [i, buffer] of buffers.entries()) {
      client.connection.write([buffer], () => {
        sent.push(i)
        buffer.fill(0xee)
      })
      await sleep(harness.io.clock, 1)
    }
    await sleep(harness.io.clock, 50)
    // Kernels do not hold so much of one connection.
    expect(sent.length).toBeLessThan(buffers.length)
    server.connection.resume()
    await until(harness, () => sent.length === buffers.length)
    expect(sent).toEqual([...buffers.keys()])
    await until(harness, () => server.sizeBytes === 64 * 512 * 1024)
    const expected = Buffer.concat(buffers.map(({ length }, i) => Buffer.alloc(length, i)))
    expect(Buffer.concat(server.received).equals(expected)).toBe(true)
    await finish(both)
  })

  conforms(
    make,
    'what a closed connection did not send is not said to be sent',
    async (harness) => {
      const { listener, client, server } = await pair(harness)
      server.connection.pause()
      let sentCount = 0
      for (let i = 0; i < 64; i++) {
        client.connection.write([Buffer.alloc(512 * 1024)], () => (sentCount += 1))
      }
      client.connection.destroy()
      await client.closed
      expect(sentCount).toBeLessThan(64)
      server.connection.destroy()
      await listener.close()
    },
  )

  conforms(make, 'pause() stops, resume() goes on', async (harness) => {
    const both = await pair(harness)
    const { client, server } = both
    server.connection.pause()
    server.connection.pause()
    client.connection.write([Buffer.from('one')])
    await sleep(harness.io.clock, 30)
    expect(server.text).toBe('')
    server.connection.resume()
    server.connection.resume()
    await until(harness, () => server.text === 'one')
    server.connection.onData(() => {
      server.received.push(Buffer.from('|'))
      server.connection.pause()
    })
    client.connection.write([Buffer.from('two')])
    await until(harness, () => server.text === 'one|')
    client.connection.write([Buffer.from('three')])
    await sleep(harness.io.clock, 30)
    expect(server.text).toBe('one|')
    await finish(both)
  })
}

function closing(make: MakeHarness): void {
  conforms(make, 'end() sends what is queued, then both ends close in order', async (harness) => {
    const both = await pair(harness)
    const { client, server } = both
    const bytes = Buffer.alloc(8 * 1024 * 1024, 'y')
    client.connection.write([bytes])
    client.connection.end()
    client.connection.end()
    expect(client.connection.write([Buffer.from('too late')])).toBe(false)
    await Promise.all([client.closed, server.closed])
    expect(server.sizeBytes).toBe(bytes.length)
    expect(client.closes).toEqual([null])
    expect(server.closes).toEqual([null])
    await finish(both)
  })

  conforms(make, 'what the peer queued before the end still arrives', async (harness) => {
    const both = await pair(harness)
    const { client, server } = both
    const answer = Buffer.alloc(4 * 1024 * 1024, 'z')
    server.connection.onData(() => {
      server.connection.write([answer])
      server.connection.end()
    })
    client.connection.write([Buffer.from('question')])
    await Promise.all([client.closed, server.closed])
    expect(client.sizeBytes).toBe(answer.length)
    expect(client.closes).toEqual([null])
    await finish(both)
  })

  conforms(make, 'after end() nothing is delivered', async (harness) => {
    const both = await pair(harness)
    const { client, server } = both
    server.connection.end()
    client.connection.write([Buffer.alloc(100_000)])
    await Promise.all([client.closed, server.closed])
    expect(server.received).toEqual([])
    await finish(both)
  })

  conforms(make, 'a paused end sees the data before the close', async (harness) => {
    const both = await pair(harness)
    const { client, server } = both
    server.connection.pause()
    client.connection.write([Buffer.from('last words')])
    client.connection.end()
    await sleep(harness.io.clock, 30)
    expect(server.closes).toEqual([])
    server.connection.resume()
    await Promise.all([client.closed, server.closed])
    expect(server.text).toBe('last words')
    await finish(both)
  })

  conforms(make, 'destroy() is heard by both, once', async (harness) => {
    const both = await pair(harness)
    const { client, server } = both
    client.connection.destroy()
    client.connection.destroy()
    expect(client.closes).toEqual([])
    expect(client.connection.bufferedBytes).toBe(0)
    await Promise.all([client.closed, server.closed])
    expect(client.closes).toEqual([null])
    expect(server.closes).toHaveLength(1)
    expect(server.connection.write([Buffer.from('anybody?')])).toBe(false)
    server.connection.pause()
    server.connection.resume()
    server.connection.end()
    server.connection.destroy()
    await sleep(harness.io.clock, 20)
    await finish(both)
  })

  conforms(make, 'after destroy() nothing is delivered', async (harness) => {
    const both = await pair(harness)
    const { client, server } = both
    server.connection.onData(() => {
      server.received.push(Buffer.from('x'))
      server.connection.destroy()
    })
    client.connection.write([Buffer.alloc(2 * 1024 * 1024)])
    await Promise.all([client.closed, server.closed])
    expect(server.text).toBe('x')
    await finish(both)
  })
}
