import { describe, expect, it } from 'vitest'
import { NetworkError } from '../src/io/index.ts'
import type { Connection, Network } from '../src/io/index.ts'
import { World } from './index.ts'
import type { Machine, SimNetworkOptions, SimProcess } from './index.ts'

interface End {
  readonly connection: Connection
  text: string
  closed: string | null
}

interface Setup {
  readonly world: World
  readonly a: Machine
  readonly b: Machine
  readonly client: SimProcess
  readonly server: SimProcess
}

function end(connection: Connection): End {
  const self: End = { connection, text: '', closed: null }
  connection.onData((chunk) => {
    self.text += chunk.toString('latin1')
  })
  connection.onClose((error) => {
    self.closed = error?.code ?? 'in order'
  })
  return self
}

function setup(seed: number, network: SimNetworkOptions = {}): Setup {
  const world = new World({ seed, network })
  const a = world.machine('a')
  const b = world.machine('b')
  return { world, a, b, client: a.process('client'), server: b.process('server') }
}

/** A connection from machine a to machine b. */
async function joined({ world, client, server }: Setup): Promise<{ left: End; right: End }> {
  let right: End | null = null
  const accept = (connection: Connection): void => {
    right = end(connection)
  }
  await world.settle(server.io.network.listen({ host: '0.0.0.0', port: 9 }, accept))
  const left = end(await world.settle(dial(client.io.network)))
  await world.run({ until: () => right !== null })
  return { left, right: right as unknown as End }
}

function dial(network: Network, host = 'b', timeoutMs = 5_000): Promise<Connection> {
  return network.connect({ host, port: 9, timeoutMs })
}

async function codeOf(world: World, call: Promise<unknown>): Promise<string> {
  try {
    await world.settle(call)
  } catch (error) {
    return error instanceof NetworkError ? error.code : String(error)
  }
  return 'no error'
}

describe('bytes', () => {
  it('come in pieces of any size', async () => {
    const sizes = new Set<number>()
    const both = setup(1, { splitChance: 1 })
    const { left, right } = await joined(both)
    right.connection.onData((chunk) => sizes.add(chunk.length))
    for (let i = 0; i < 200; i++) left.connection.write([Buffer.alloc(1_000)])
    await both.world.run()
    expect(sizes.has(1)).toBe(true)
    expect(sizes.size).toBeGreaterThan(8)
  })

  it('are taken away from a handler that keeps them', async () => {
    const both = setup(1)
    const { left, right } = await joined(both)
    const kept: Buffer[] = []
    right.connection.onData((chunk) => kept.push(chunk))
    left.connection.write([Buffer.from('mine')])
    await both.world.run()
    expect(Buffer.concat(kept).toString('hex')).toBe('dddddddd')
  })

  it('stay in order over stalls, partitions and back-pressure', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const both = setup(seed, { stallChance: 0.1, windowBytes: 1_000, splitChance: 0.5 })
      const { world, a, b } = both
      const { left, right } = await joined(both)
      let sent = ''
      for (let i = 0; i < 60; i++) {
        const text = `${i},`.repeat(1 + (i % 40))
        sent += text
        left.connection.write([Buffer.from(text)])
        if (i % 9 === 0) world.network.block(a, b)
        if (i % 9 === 4) world.network.block(b, a)
        if (i % 9 === 7) world.network.heal()
        if (i % 10 === 0) world.network.stall(a, b, 300)
        if (i % 5 === 0) right.connection.pause()
        if (i % 5 === 3) right.connection.resume()
        await world.run({ forMs: 50 })
      }
      world.network.heal()
      right.connection.resume()
      left.connection.end()
      await world.run()
      expect(right.text).toBe(sent)
      expect([left.closed, right.closed]).toEqual(['in order', 'in order'])
    }
  })
})

describe('a partition', () => {
  it('holds bytes back in one direction only, and lets them through when it heals', async () => {
    const both = setup(1)
    const { world, a, b } = both
    const { left, right } = await joined(both)
    world.network.block(a, b)
    left.connection.write([Buffer.from('to b')])
    right.connection.write([Buffer.from('to a')])
    await world.run({ forMs: 10_000 })
    expect([left.text, right.text]).toEqual(['to a', ''])
    world.network.heal()
    await world.run({ forMs: 10_000 })
    expect(right.text).toBe('to b')
    await world.run({ forMs: 200_000 })
    expect([left.closed, right.closed]).toEqual([null, null])
  })

  it('stops the sender when nothing comes back', async () => {
    const both = setup(1, { windowBytes: 1_000 })
    const { world, a, b } = both
    const { left, right } = await joined(both)
    world.network.block(b, a)
    left.connection.write([Buffer.alloc(10_000, 'x')])
    await world.run({ forMs: 10_000 })
    expect(right.text).toHaveLength(1_000)
    expect(left.connection.bufferedBytes).toBe(9_000)
    world.network.heal()
    await world.run({ forMs: 10_000 })
    expect(right.text).toHaveLength(10_000)
  })

  it('makes new connections time out, or late', async () => {
    const both = setup(1)
    const { world, a, b, client } = both
    await joined(both)
    world.network.block(b, a)
    const startMs = world.nowMs
    expect(await codeOf(world, dial(client.io.network))).toBe('TIMED_OUT')
    expect(world.nowMs - startMs).toBeGreaterThanOrEqual(5_000)
    const late = dial(client.io.network)
    await world.run({ forMs: 2_000 })
    world.network.unblock(b, a)
    expect(await codeOf(world, late)).toBe('no error')
  })

  it('is noticed by both ends when it stays', async () => {
    const both = setup(1, { deadPeerMs: 60_000 })
    const { world, a, b } = both
    const { left, right } = await joined(both)
    world.network.partition([a], [b])
    await world.run({ forMs: 59_000 })
    expect([left.closed, right.closed]).toEqual([null, null])
    await world.run({ forMs: 2_000 })
    expect([left.closed, right.closed]).toEqual(['TIMED_OUT', 'TIMED_OUT'])
  })
})

describe('the end of a connection', () => {
  it('is a reset when it is cut', async () => {
    const both = setup(1)
    const { world } = both
    const { left, right } = await joined(both)
    world.network.cut(() => true)
    await world.run()
    expect([left.closed, right.closed]).toEqual(['RESET', 'RESET'])
    expect(world.network.links.size).toBe(0)
  })

  it('happens by chance where the options say so', async () => {
    const closes = new Set<string | null>()
    for (let seed = 1; seed <= 40; seed++) {
      const both = setup(seed, { cutChance: 0.05, splitChance: 0 })
      const { left } = await joined(both)
      for (let i = 0; i < 20; i++) {
        left.connection.write([Buffer.from('x')])
        await both.world.run({ forMs: 5 })
      }
      closes.add(left.closed)
    }
    expect(closes).toEqual(new Set([null, 'RESET']))
  })

  it('is never heard when it vanishes, until keep-alive notices', async () => {
    const both = setup(1, { deadPeerMs: 60_000 })
    const { world } = both
    const { left, right } = await joined(both)
    world.network.vanish(() => true)
    left.connection.write([Buffer.from('hello?')])
    right.connection.destroy()
    await world.run({ forMs: 50_000 })
    expect([left.closed, right.text]).toEqual([null, ''])
    await world.run({ forMs: 20_000 })
    expect(left.closed).toBe('TIMED_OUT')
  })

  it('is orderly, after half a message perhaps, when the peer is killed', async () => {
    const lengths = new Set<number>()
    const closes = new Set<string | null>()
    for (let seed = 1; seed <= 60; seed++) {
      const both = setup(seed, { splitChance: 0.9, windowBytes: 300 })
      const { left, right } = await joined(both)
      right.connection.write([Buffer.alloc(1_000, 'm')])
      await both.world.run({ forMs: 1 })
      both.server.kill()
      await both.world.run()
      lengths.add(left.text.length)
      closes.add(left.closed)
    }
    expect(closes).toEqual(new Set(['in order']))
    expect(Math.max(...lengths)).toBeGreaterThan(0)
    expect(Math.max(...lengths)).toBeLessThan(1_000)
  })

  it('is a reset when the peer dies with bytes that it has not read', async () => {
    const both = setup(1)
    const { left, right } = await joined(both)
    right.connection.pause()
    left.connection.write([Buffer.from('unread')])
    await both.world.run({ forMs: 100 })
    both.server.kill()
    await both.world.run()
    expect(left.closed).toBe('RESET')
  })

  it('is a reset for who sends to an end that is gone', async () => {
    const both = setup(1)
    const { left, right } = await joined(both)
    left.connection.write([Buffer.from('crossing')])
    right.connection.destroy()
    await both.world.run()
    expect(right.text).toBe('')
    expect(['RESET', 'in order']).toContain(left.closed)
    expect(both.world.network.links.size).toBe(0)
  })
})

describe('power', () => {
  it('goes without a word, and is noticed after a while', async () => {
    const both = setup(1, { deadPeerMs: 60_000 })
    const { world, b, client } = both
    const { left } = await joined(both)
    b.powerCut()
    await world.run({ forMs: 50_000 })
    expect(left.closed).toBeNull()
    expect(await codeOf(world, dial(client.io.network))).toBe('TIMED_OUT')
    await world.run({ forMs: 20_000 })
    expect(left.closed).toBe('TIMED_OUT')
  })

  it('comes back with a machine that knows no connection', async () => {
    const both = setup(1)
    const { world, b, client } = both
    const { left } = await joined(both)
    b.powerCut()
    left.connection.write([Buffer.from('are you there?')])
    await world.run({ forMs: 1_000 })
    expect(left.closed).toBeNull()
    b.powerOn()
    await world.run({ forMs: 5_000 })
    expect(left.closed).toBe('RESET')
    expect(await codeOf(world, dial(client.io.network))).toBe('REFUSED')
  })

  it('gone and back, an idle peer hears of it by keep-alive', async () => {
    const both = setup(1, { deadPeerMs: 60_000 })
    const { world, b } = both
    const { left } = await joined(both)
    b.powerCut()
    b.powerOn()
    await world.run({ forMs: 59_000 })
    expect(left.closed).toBeNull()
    await world.run({ forMs: 2_000 })
    expect(left.closed).toBe('RESET')
  })

  it('starts clocks and processes anew', async () => {
    const { world, b, server } = setup(1)
    b.powerCut()
    expect(server.isDead).toBe(true)
    expect(() => b.start('too soon', () => {})).toThrow('no power')
    b.powerOn()
    let isUp = false
    b.start('again', () => {
      isUp = true
    })
    await world.run()
    expect(isUp).toBe(true)
  })
})

describe('opening', () => {
  it('is refused where the world says so, and where only the machine itself may', async () => {
    const both = setup(1)
    const { world, b, client, server } = both
    await joined(both)
    world.network.refuse(b, 9, true)
    expect(await codeOf(world, dial(client.io.network))).toBe('REFUSED')
    world.network.refuse(b, 9, false)
    expect(await codeOf(world, dial(client.io.network))).toBe('no error')
    await world.settle(server.io.network.listen({ host: '127.0.0.1', port: 10 }, () => {}))
    const target = { port: 10, timeoutMs: 1_000 }
    const fromA = client.io.network.connect({ host: 'b', ...target })
    expect(await codeOf(world, fromA)).toBe('REFUSED')
    const fromB = server.io.network.connect({ host: 'localhost', ...target })
    expect(await codeOf(world, fromB)).toBe('no error')
  })

  it('needs a host that somebody has', async () => {
    const { world, client } = setup(1)
    expect(await codeOf(world, dial(client.io.network, 'nobody'))).toBe('UNREACHABLE')
  })

  it('waits for a server that is frozen, bytes and all', async () => {
    const both = setup(1)
    const { world, server, client } = both
    const { right } = await joined(both)
    server.freeze()
    const second = end(await world.settle(dial(client.io.network)))
    second.connection.write([Buffer.from('x')])
    await world.run({ forMs: 30_000 })
    expect(right.closed).toBeNull()
    server.kill()
    await world.run()
    expect(second.closed).not.toBeNull()
  })
})
