/** npm run example:kv [directory]: run it several times, or kill it in the middle: it goes on where it was. */
import { openStore } from './kv.js'

const path = process.argv[2] ?? './data-kv'
const store = await openStore(path)
const runs = Number(store.get('runs') ?? 0)
console.log(`${path}: ${store.size} keys, run ${runs + 1};`, JSON.stringify(store.recovery))

await store.set('runs', String(runs + 1))
const from = performance.now()
const writes = []
for (let i = 0; i < 1000; i++) writes.push(store.set(`key ${i}`, `value of run ${runs + 1}`))
await Promise.all(writes)
console.log(
  `1000 durable writes, all in flight at once: ${(performance.now() - from).toFixed(0)} ms`,
)

await store.write([
  { key: 'account a', value: '90' },
  { key: 'account b', value: '110' },
])
await store.delete('key 0')
console.log(`account a: ${store.get('account a')}, key 0: ${store.get('key 0')}`)
await store.close()
