/** The examples as numbered operations: operation n does the same whenever it is run, and after k of them the state is known. */
import { isDeepStrictEqual } from 'node:util'
import { openCache } from '../cache/cache.js'
import { openStore } from '../kv/kv.js'
import { openOutbox } from '../outbox/outbox.js'
import { openPages, ROOM_BYTES } from '../pages/pages.js'
import type { LogIo } from '../../src/log/embedded/index.ts'

export interface Subject {
  /** Operation `number`, counted from 0. Resolves when the example acknowledges it. */
  run(number: number): Promise<void>
  /** How many operations the state is made of. Throws when it is not the state of the first so many. */
  check(): number
  /** How many operations a power cut at this moment must leave, when `acknowledged` were acknowledged. */
  durable(acknowledged: number): number
  /** What follows from the state has happened. */
  isSettled(): boolean
}

export interface Message {
  readonly id: number
  readonly order: number
}

/** A receiver of messages that outlives the crashes. */
export interface Inbox {
  readonly messages: readonly Message[]
  take(message: Message): void
}

export interface SubjectWorld {
  /** Default: the machine's. */
  readonly io?: LogIo
  readonly inbox: Inbox
}

export type OpenSubject = (path: string, world: SubjectWorld) => Promise<Subject>

function ioOf({ io }: SubjectWorld): { io?: LogIo } {
  return io === undefined ? {} : { io }
}

/** So little that checkpoints, snapshots and rewrites happen all the time. */
const SMALL_BYTES = 6_000
const KEYS = 40

function expectState(found: unknown, expected: unknown, count: number): void {
  if (isDeepStrictEqual(found, expected)) return
  const text = (state: unknown): string => JSON.stringify(state).slice(0, 2000)
  throw new Error(
    `not the state after ${count} operations: ${text(found)}, expected ${text(expected)}`,
  )
}

const all = (acknowledged: number): number => acknowledged

/** Operation n writes a key, deletes another, and counts, in one transaction. */
async function kv(path: string, world: SubjectWorld): Promise<Subject> {
  const options = { snapshotBytes: SMALL_BYTES, ...ioOf(world) }
  const store = await openStore(path, options)
  const changesOf = (number: number): { key: string; value: string | null }[] => [
    { key: `key ${number % KEYS}`, value: `value ${number} ${'.'.repeat(number % 53)}` },
    { key: `key ${(number * 7 + 3) % KEYS}`, value: null },
    { key: 'count', value: String(number + 1) },
  ]
  return {
    run: (number) => store.write(changesOf(number)),
    check: () => {
      const count = Number(store.get('count') ?? 0)
      const twin = new Map<string, string>()
      for (let number = 0; number < count; number++) {
        for (const { key, value } of changesOf(number)) {
          if (value === null) twin.delete(key)
          else twin.set(key, value)
        }
      }
      expectState(Object.fromEntries(store.entries()), Object.fromEntries(twin), count)
      return count
    },
    durable: all,
    isSettled: () => true,
  }
}

/** Operation n fills a part of a page, and counts on another, in one transaction. */
async function pages(path: string, world: SubjectWorld): Promise<Subject> {
  const options = { checkpointBytes: SMALL_BYTES, ...ioOf(world) }
  const store = await openPages(path, options)
  const PAGES = 7
  const changesOf = (number: number): { page: number; at: number; bytes: Buffer }[] => {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(number + 1)
    const bytes = Buffer.alloc(1 + ((number * 13) % 300), number % 251)
    const at = (number * 397) % (ROOM_BYTES - 300)
    return [
      { page: 0, at: 0, bytes: count },
      { page: 1 + (number % PAGES), at, bytes },
      { page: 1 + ((number + 3) % PAGES), at, bytes: bytes.subarray(0, 1) },
    ]
  }
  return {
    run: (number) => store.write(changesOf(number)),
    check: () => {
      const count = store.read(0, 0, 4).readUInt32BE(0)
      const twin = Array.from({ length: PAGES + 1 }, () => Buffer.alloc(ROOM_BYTES))
      for (let number = 0; number < count; number++) {
        for (const { page, at, bytes } of changesOf(number)) twin[page]?.set(bytes, at)
      }
      twin.forEach((page, number) => {
        const found = store.read(number, 0, ROOM_BYTES)
        if (!found.equals(page))
          throw new Error(`page ${number} is not as after ${count} operations`)
      })
      return count
    },
    durable: all,
    isSettled: () => true,
  }
}

/** Operation n sets a key to n. The largest value tells how many there were. */
function cache(fsync: 'always' | 'everysec' | 'no'): OpenSubject {
  return async (path, world) => {
    const options = { fsync, rewriteMinBytes: SMALL_BYTES, ...ioOf(world) }
    const it = await openCache(path, options)
    /** Where the log ended when so many operations had been appended. */
    const ends: { count: number; end: number }[] = []
    let found = 0
    return {
      run: (number) => {
        const work = it.set(`key ${number % KEYS}`, String(number))
        ends.push({ count: number + 1, end: it.durability.end })
        return work
      },
      check: () => {
        const state = Object.fromEntries(it.entries())
        const count = Math.max(-1, ...Object.values(state).map(Number)) + 1
        const twin: Record<string, string> = {}
        for (let number = Math.max(0, count - KEYS); number < count; number++) {
          twin[`key ${number % KEYS}`] = String(number)
        }
        expectState(state, twin, count)
        found = count
        return count
      },
      durable: (acknowledged) => {
        if (fsync === 'always') return acknowledged
        const { durableEnd } = it.durability
        return ends.findLast(({ end }) => end <= durableEnd)?.count ?? found
      },
      isSettled: () => true,
    }
  }
}

/** Operation n places order n. */
async function outbox(path: string, world: SubjectWorld): Promise<Subject> {
  const { inbox } = world
  const it = await openOutbox(path, {
    snapshotBytes: SMALL_BYTES,
    deliver: async ({ id, order }) => {
      // By the id the receiver knows what it has had.
      if (id > (inbox.messages.at(-1)?.id ?? -1)) inbox.take({ id, order: order.id })
    },
    ...ioOf(world),
  })
  const received = (): number[] => inbox.messages.map(({ order }) => order)
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number)
  return {
    run: (number) => it.place({ id: number, customer: `customer ${number % 5}` }),
    check: () => {
      const placed = it.orders.map(({ id }) => id)
      expectState(placed, numbers(placed.length), placed.length)
      // In order, none left out, none about an order that is not there.
      const count = received().length
      expectState(received(), numbers(count), count)
      if (count > placed.length) throw new Error('a message was sent about an order that is gone')
      return placed.length
    },
    durable: all,
    isSettled: () => received().length === it.orders.length,
  }
}

export const subjects: Readonly<Record<string, OpenSubject>> = {
  kv,
  pages,
  'cache-always': cache('always'),
  'cache-everysec': cache('everysec'),
  'cache-no': cache('no'),
  outbox,
}
