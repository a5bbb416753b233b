/** npm run example:outbox [directory]: orders, and a receiver that hears of each. */
import { openOutbox } from './outbox.js'

const path = process.argv[2] ?? './data-outbox'
let seen = -1
let received = 0
const { promise: allReceived, resolve } = Promise.withResolvers()
const outbox = await openOutbox(path, {
  deliver: async ({ id, order }) => {
    // The receiver knows by the id what it has had.
    if (id <= seen) return
    seen = id
    received += 1
    if (received === 100) resolve(received)
    if (received <= 3) console.log(`delivered: message ${id} about order ${order.id}`)
  },
})
const before = outbox.orders.length
const orders = Array.from({ length: 100 }, (_, i) => ({ id: before + i, customer: `c${i % 7}` }))
await Promise.all(orders.map((order) => outbox.place(order)))
await allReceived
console.log(`${path}: ${before} orders found, 100 placed, ${received} messages delivered`)
await outbox.close()
