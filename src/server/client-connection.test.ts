import { beforeEach, describe, expect, test } from 'vitest'
import { BufferPool } from '../base/index.ts'
import type { Clock, Connection } from '../io/index.ts'
import { ClientConnection } from './client-connection.ts'
import type { Exchange } from './client-connection.ts'
import { MemoryBudget } from './memory-budget.ts'
import { Turns } from './turns.ts'

/** A connection under the test's control. */
class FakeConnection implements Connection {
  readonly remoteHost = '127.0.0.1'
  readonly remotePort = 1
  readonly localPort = 2
  readonly written: string[] = []
  /** What waits for the kernel to take what was written. */
  readonly onSent: Array<() => void> = []
  bufferedBytes = 0
  isPaused = false
  isDestroyed = false
  isEnded = false
  data: (chunk: Buffer) => void = () => {}
  drain: () => void = () => {}
  close: () => void = () => {}
  onData(handler: (chunk: Buffer) => void): void {
    this.data = handler
  }
  onClose(handler: (error: null) => void): void {
    this.close = () => handler(null)
  }
  onDrain(handler: () => void): void {
    this.drain = handler
  }
  write(buffers: readonly Buffer[], onSent?: () => void): boolean {
    if (onSent !== undefined) this.onSent.push(onSent)
    this.written.push(Buffer.concat([...buffers]).toString())
    return this.bufferedBytes === 0
  }
  pause(): void {
    this.isPaused = true
  }
  resume(): void {
    this.isPaused = false
  }
  end(): void {
    this.isEnded = true
  }
  destroy(): void {
    this.isDestroyed = true
  }
}

let nowMs = 0
let soon: Array<() => void> = []
const clock: Clock = {
  monotonicMs: () => nowMs,
  wallMs: () => 0,
  after: () => ({ cancel: () => {} }),
  soon: (callback) => soon.push(callback),
}

/** Another turn of the loop. */
function nextTurn(): void {
  const callbacks = soon
  soon = []
  for (const callback of callbacks) callback()
}

beforeEach(() => {
  nowMs = 0
  soon = []
})

function frames(...bodies: string[]): Buffer {
  return Buffer.concat(
    bodies.map((body) => {
      const header = Buffer.alloc(4)
      header.writeInt32BE(body.length, 0)
      return Buffer.concat([header, Buffer.from(body)])
    }),
  )
}

/** A server whose answers come when the test says so. A request that begins with 'p' overlaps, one with '!' fails. */
function serve(
  budget = new MemoryBudget(1000),
  turns = new Turns(clock),
  buffers = new BufferPool(0),
) {
  let closedCount = 0
  const connection = new FakeConnection()
  const started: string[] = []
  const answers = new Map<string, (text: string) => Promise<void>>()
  const problems: string[] = []
  const client = new ClientConnection({
    connection,
    clock,
    budget,
    turns,
    buffers,
    frameBytesMax: 100_000,
    start(frame): Exchange {
      const body = frame.toString()
      started.push(body)
      if (body === '!') throw new Error('bad request')
      if (body === 'slow') nowMs += 10
      if (body === 'now' || body === 'slow')
        return { overlaps: false, response: [Buffer.from(body)] }
      if (body === 'none') return { overlaps: true, response: null }
      // A request whose frame nobody refers to afterwards.
      const released = body.startsWith('p') ? [frame] : []
      const response = new Promise<Buffer[]>((resolve) => {
        answers.set(body, async (text) => {
          resolve([Buffer.from(text)])
          await Promise.resolve()
          await Promise.resolve()
        })
      })
      return { overlaps: body.startsWith('p'), released, response }
    },
    onProblem: (_client, problem) => problems.push(problem.message),
    onClosed: () => (closedCount += 1),
  })
  const answer = (body: string): Promise<void> =>
    answers.get(body)?.(`re:${body}`) ?? Promise.reject(new Error(`${body} was not started`))
  return { connection, client, started, answer, problems, budget, closed: () => closedCount }
}

describe('ClientConnection', () => {
  test('starts one request at a time and answers in order', async () => {
    const { connection, started, answer } = serve()
    connection.data(frames('a', 'b', 'now'))
    expect(started).toEqual(['a'])
    expect(connection.isPaused).toBe(true)
    await answer('a')
    expect(started).toEqual(['a', 'b'])
    await answer('b')
    expect(connection.written).toEqual(['re:a', 're:b', 'now'])
    expect(connection.isPaused).toBe(false)
  })

  test('lets Produce waits overlap, still answering in order', async () => {
    const { connection, started, answer } = serve()
    connection.data(frames('p1', 'p2', 'none', 'x'))
    expect(started).toEqual(['p1', 'p2', 'none', 'x'])
    await answer('p2')
    expect(connection.written).toEqual([])
    await answer('p1')
    expect(connection.written).toEqual(['re:p1', 're:p2'])
    await answer('x')
    expect(connection.written).toEqual(['re:p1', 're:p2', 're:x'])
  })

  test('uses the memory of a frame again when its answer has left, not before', async () => {
    const buffers = new BufferPool(1024 * 1024)
    const { connection, answer } = serve(new MemoryBudget(1e6), new Turns(clock), buffers)
    const [kept, released] = ['k'.repeat(20_000), 'p'.repeat(20_000)]
    connection.data(frames(released, kept))
    await answer(released)
    expect(buffers.heldBytes).toBe(0)
    for (const sent of connection.onSent) sent()
    expect(buffers.heldBytes).toBe(32 * 1024)
    await answer(kept)
    expect(connection.onSent).toHaveLength(1)
  })

  test('starts nothing new while the client does not read its answers', () => {
    const { connection, started } = serve()
    connection.bufferedBytes = 2 * 1024 * 1024
    connection.data(frames('now'))
    expect(started).toEqual([])
    connection.bufferedBytes = 0
    connection.drain()
    expect(started).toEqual(['now'])
  })

  test('closes on a failed request once those before it are answered, and gives memory back', async () => {
    const { connection, problems, budget, answer, started, closed } = serve()
    connection.data(frames('p1', '!', 'c'))
    expect(started).toEqual(['p1', '!'])
    expect(problems).toEqual([])
    connection.data(frames('ignored'))
    await answer('p1')
    expect(connection.written).toEqual(['re:p1'])
    expect(problems).toEqual(['bad request'])
    expect(connection.isDestroyed).toBe(true)
    expect(started).toEqual(['p1', '!'])
    expect(budget.usedBytes).toBe(0)
    connection.close()
    expect(closed()).toBe(1)
  })

  test('serves what came whole before bytes that are no frame', async () => {
    const { connection, problems, started, answer } = serve()
    connection.data(Buffer.concat([frames('a', 'b'), Buffer.from('ffffffff', 'hex')]))
    expect(started).toEqual(['a'])
    await answer('a')
    await answer('b')
    expect(connection.written).toEqual(['re:a', 're:b'])
    expect(problems).toEqual([expect.stringContaining('frame of -1 bytes')])
    expect(connection.isDestroyed).toBe(true)
  })

  test('lets answers go out before it closes', () => {
    const { connection, problems, budget, closed } = serve()
    connection.bufferedBytes = 100
    connection.data(frames('now', '!'))
    expect(problems).toEqual(['bad request'])
    expect([connection.isEnded, connection.isDestroyed]).toEqual([true, false])
    expect([budget.usedBytes, closed()]).toEqual([0, 0])
    connection.close()
    expect(closed()).toBe(1)
  })

  test('tells who waits for it that the client is gone, once', () => {
    const { connection, client } = serve()
    const calls: string[] = []
    client.onceClosed(() => calls.push('told'))
    client.onceClosed(() => calls.push('took back'))()
    connection.data(frames('a'))
    connection.close()
    expect(calls).toEqual(['told'])
    client.onceClosed(() => calls.push('late'))
    expect(calls).toEqual(['told', 'late'])
  })

  test('lets others have a turn after some milliseconds of requests', () => {
    const turns = new Turns(clock)
    const first = serve(new MemoryBudget(1000), turns)
    const second = serve(new MemoryBudget(1000), turns)
    first.connection.data(frames('slow', 'slow', 'now'))
    second.connection.data(frames('now'))
    expect([first.started, second.started]).toEqual([['slow'], []])
    expect(first.connection.isPaused).toBe(true)
    nextTurn()
    nextTurn()
    // Who waits longest comes first; after 10 ms the turn is over again.
    expect([first.started, second.started]).toEqual([['slow', 'slow'], []])
    nextTurn()
    expect([first.started.length, second.started.length]).toEqual([3, 1])
    expect(first.connection.isPaused).toBe(false)
  })

  test('takes no more of a long frame in a turn that is over, and does not hold that against the peer', () => {
    const turns = new Turns(clock)
    const { connection, client } = serve(new MemoryBudget(1e6), turns)
    const long = frames('x'.repeat(60_000))
    connection.data(long.subarray(0, 20_000))
    expect([connection.isPaused, client.frameStartedMs]).toEqual([false, 0])
    nowMs += 9
    connection.data(long.subarray(20_000, 40_000))
    expect([connection.isPaused, client.frameStartedMs]).toEqual([true, null])
    nowMs += 5
    nextTurn()
    nextTurn()
    expect([connection.isPaused, client.frameStartedMs]).toEqual([false, 5])
    const short = serve(new MemoryBudget(1e6), turns).connection
    nowMs += 9
    short.data(frames('y'.repeat(10_000)).subarray(0, 5_000))
    expect(short.isPaused).toBe(false)
  })
})

describe('ClientConnection, when memory is short', () => {
  const large = 'x'.repeat(20_000)

  test('counts what arrives, what waits and what is not read', async () => {
    const { connection, budget, answer } = serve(new MemoryBudget(1_000_000))
    const whole = frames(large)
    connection.data(whole.subarray(0, 5_004))
    expect(budget.usedBytes).toBe(5_000)
    connection.data(whole.subarray(5_004))
    expect(budget.usedBytes).toBe(20_000)
    connection.bufferedBytes = 300_000
    await answer(large)
    expect(budget.usedBytes).toBe(300_000)
    connection.bufferedBytes = 0
    connection.drain()
    expect(budget.usedBytes).toBe(0)
  })

  test('starts and receives in one connection at a time', async () => {
    const budget = new MemoryBudget(1000)
    const [a, b, c] = [serve(budget), serve(budget), serve(budget)]
    budget.add(1000)
    a.connection.data(frames('a'))
    b.connection.data(frames('now'))
    c.connection.data(frames(large).subarray(0, 18_000))
    expect([a.started, b.started]).toEqual([['a'], ['now']])
    // `a` waits for its answer and needs nothing; `c` cannot end without more.
    expect(c.connection.isPaused).toBe(false)
    b.connection.data(frames('now'))
    expect(b.started).toEqual(['now'])
    c.connection.data(frames(large).subarray(18_000))
    await c.answer(large)
    expect(b.started).toEqual(['now', 'now'])
    await a.answer('a')
    expect(budget.usedBytes).toBe(1000)
  })

  test('goes on when others give memory back, or have closed', () => {
    const budget = new MemoryBudget(1000)
    const [a, b] = [serve(budget), serve(budget)]
    budget.add(1000)
    a.connection.data(frames(large).subarray(0, 18_000))
    b.connection.data(frames('now'))
    expect(b.started).toEqual([])
    expect(b.connection.isPaused).toBe(true)
    a.connection.close()
    expect(b.started).toEqual(['now'])
    a.connection.data(frames('late'))
    expect(a.started).toEqual([])
    expect(budget.usedBytes).toBe(1000)
  })

  test('names what its peer holds, and nothing while it is not the peer who is waited for', () => {
    const budget = new MemoryBudget(1000)
    const { connection, client } = serve(budget)
    connection.data(frames(large).subarray(0, 18_000))
    expect(client.bytesHeldByPeer).toBe(17_996)
    expect(client.movedBytes).toBe(18_000)
    const other = serve(budget)
    other.connection.data(frames(large).subarray(0, 18_000))
    expect(other.connection.isPaused).toBe(true)
    expect(other.client.bytesHeldByPeer).toBe(0)
    expect(other.client.frameStartedMs).toBeNull()
    other.connection.bufferedBytes = 70_000
    expect(other.client.bytesHeldByPeer).toBe(17_996 + 70_000)
  })
})
