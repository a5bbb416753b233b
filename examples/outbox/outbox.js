/**
 * A transactional outbox: an order and the message about it are appended together, so that after a crash both are there or neither. A relay reads the
 * log behind the writers and delivers the messages, in order.
 *
 * Write before apply: the order is in the list, and its message on its way, only when both survive a power cut (`tail` with `durable`). A message
 * that was sent can therefore not be about an order that a power cut has taken.
 *
 * Delivery is at least once: a crash may fall between a delivery and the note of it. Each message has an id that never changes (its offset), ascending,
 * by which the receiver knows what it has seen.
 */
import { openLog } from 'highwater/log'

/**
 * @typedef {{ id: number, customer: string }} Order
 * @typedef {{ id: number, order: Order }} Message
 * @typedef {(message: Message) => Promise<void>} Deliver rejects, or never settles, when the receiver did not take it
 * @typedef {{ deliver: Deliver, io?: import('highwater/log').LogIo, snapshotBytes?: number, retryMs?: number }} OutboxOptions
 */

/**
 * @param {string} path
 * @param {OutboxOptions} options
 */
export async function openOutbox(path, options) {
  const { io, snapshotBytes = 1024 * 1024 } = options
  const log = await openLog(path, {
    ...(io === undefined ? {} : { io }),
    segmentBytes: Math.max(snapshotBytes, 4096),
    snapshot: { everyBytes: snapshotBytes, take: () => outbox.snapshot() },
  })
  const snapshot = log.loadSnapshot()
  const outbox = new Outbox(log, snapshot, options)
  for await (const record of log.iterate(snapshot?.offset)) outbox.apply(record)
  outbox.startRelay()
  return outbox
}

export class Outbox {
  #log
  #deliver
  /** @type {Order[]} */
  orders = []
  /** Messages below this offset were delivered, and that was noted. */
  #relayed = 0
  /** Messages that were not delivered yet, by offset. @type {Map<number, Order>} */
  #pending = new Map()
  #applied
  #stopping = new AbortController()
  /** @type {Promise<void>} */
  #relay = Promise.resolve()

  /**
   * @param {import('highwater/log').Log} log
   * @param {import('highwater/log').StateAt | null} snapshot
   * @param {OutboxOptions} options
   */
  constructor(log, snapshot, { deliver }) {
    this.#log = log
    this.#deliver = deliver
    this.#applied = snapshot?.offset ?? log.start
    if (snapshot === null) return
    const state = JSON.parse(Buffer.from(snapshot.data).toString())
    this.orders = state.orders
    this.#relayed = state.relayed
    this.#pending = new Map(state.pending)
  }

  /**
   * Resolves when the order is safe, and its message will be delivered.
   *
   * @param {Order} order
   */
  async place(order) {
    const json = JSON.stringify(order)
    await this.#log.appendAll([
      { key: 'order', value: json },
      { key: 'message', value: json },
    ]).durable
  }

  /**
   * The only place where state changes, for the live path and for replay.
   *
   * @param {import('highwater/log').LogRecord} record
   */
  apply({ offset, key, value }) {
    const kind = String(key)
    const content = JSON.parse(String(value))
    if (kind === 'order') this.orders.push(content)
    if (kind === 'message') this.#pending.set(offset, content)
    if (kind === 'relayed') {
      this.#relayed = content
      for (const id of this.#pending.keys()) if (id < content) this.#pending.delete(id)
    }
    this.#applied = offset + 1
  }

  snapshot() {
    const state = { orders: this.orders, relayed: this.#relayed, pending: [...this.#pending] }
    return { offset: this.#applied, data: Buffer.from(JSON.stringify(state)) }
  }

  startRelay() {
    // A log that has failed or was closed ends the relay; whoever places an order is told the same.
    this.#relay = this.#run().catch(() => undefined)
  }

  async close() {
    this.#stopping.abort()
    await this.#relay
    await this.#log.close()
  }

  async #run() {
    for (const [id, order] of this.#pending) await this.#send(id, order)
    const { signal } = this.#stopping
    for await (const record of this.#log.tail(this.#applied, { durable: true, signal })) {
      this.apply(record)
      const order = this.#pending.get(record.offset)
      if (order !== undefined) await this.#send(record.offset, order)
    }
  }

  /**
   * @param {number} id
   * @param {Order} order
   */
  async #send(id, order) {
    if (this.#stopping.signal.aborted) return
    await this.#deliver({ id, order })
    // Not flushed: if a power cut takes the note, the message is delivered again.
    this.#log.append({ key: 'relayed', value: String(id + 1) })
  }
}
