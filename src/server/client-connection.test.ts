import { describe, expect, test } from 'vitest'
import type { Clock, Connection } from '../io/index.ts'
import { ClientConnection } from './client-connection.ts'
import type { Exchange } from './client-connection.ts'
import { MemoryBudget } from './memory-budget.ts'

/** A connection under the test's control. */
class FakeConnection implements Connection {
  readonly remoteHost = '127.0.0.1'
  readonly remotePort = 1
  readonly localPort = 2
  readonly written: string[] = []
  bufferedBytes = 0
  isPaused = false
  isDestroyed = false
  data: (chunk: Buffer) => void = () => {}
  drain: () => void = () => {}
  onData(handler: (chunk: Buffer) => void): void {
    this.data = handler
  }
  onClose(): void {}
  onDrain(handler: () => void): void {
    this.drain = handler
  }
  write(buffers: readonly Buffer[]): boolean {
    this.written.push(Buffer.concat([...buffers]).toString())
    return true
  }
  pause(): void {
    this.isPaused = true
  }
  resume(): void {
    this.isPaused = false
  }
  end(): void {}
  destroy(): void {
    this.isDestroyed = true
  }
}

const clock: Clock = {
  monotonicMs: () => 0,
  wallMs: () => 0,
  after: () => ({ cancel: () => {} }),
  soon: () => {},
}

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
function serve(budget = new MemoryBudget(1000)) {
  const connection = new FakeConnection()
  const started: string[] = []
  const answers = new Map<string, (text: string) => Promise<void>>()
  const problems: string[] = []
  const client = new ClientConnection({
    connection,
    clock,
    budget,
    frameBytesMax: 100,
    start(frame): Exchange {
      const body = frame.toString()
      started.push(body)
      if (body === '!') throw new Error('bad request')
      if (body === 'now') return { overlaps: false, response: [Buffer.from('now')] }
      if (body === 'none') return { overlaps: true, response: null }
      const response = new Promise<Buffer[]>((resolve) => {
        answers.set(body, async (text) => {
          resolve([Buffer.from(text)])
          await Promise.resolve()
          await Promise.resolve()
        })
      })
      return { overlaps: body.startsWith('p'), response }
    },
    onProblem: (_client, problem) => problems.push(problem.message),
    onClosed: () => {},
  })
  const answer = (body: string): Promise<void> =>
    answers.get(body)?.(`re:${body}`) ?? Promise.reject(new Error(`${body} was not started`))
  return { connection, client, started, answer, problems, budget }
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

  test('starts nothing new while the client does not read its answers', () => {
    const { connection, started } = serve()
    connection.bufferedBytes = 2 * 1024 * 1024
    connection.data(frames('now'))
    expect(started).toEqual([])
    connection.bufferedBytes = 0
    connection.drain()
    expect(started).toEqual(['now'])
  })

  test('waits for memory that others hold, and gives back its own', () => {
    const budget = new MemoryBudget(1000)
    budget.take(1000)
    const { connection, started } = serve(budget)
    connection.data(frames('now'))
    expect(started).toEqual([])
    budget.give(1000)
    expect(started).toEqual(['now'])
    expect(budget.usedBytes).toBe(0)
  })

  test('closes on a bad frame or a failed request, and gives memory back', async () => {
    const { connection, problems, budget } = serve()
    connection.data(frames('a', '!', 'c'))
    connection.data(Buffer.from('ffffffff', 'hex'))
    expect(problems).toHaveLength(1)
    expect(connection.isDestroyed).toBe(true)
    expect(budget.usedBytes).toBe(0)

    const other = serve()
    other.connection.data(frames('!', 'x'))
    expect(other.problems).toEqual(['bad request'])
    expect(other.started).toEqual(['!'])
    expect(other.budget.usedBytes).toBe(0)
  })
})
