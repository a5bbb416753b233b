/** npm run example:cache [directory]: the three policies side by side. */
import { openCache } from './cache.js'

const path = process.argv[2] ?? './data-cache'
for (const fsync of /** @type {const} */ (['always', 'everysec', 'no'])) {
  const cache = await openCache(`${path}/${fsync}`, { fsync })
  const from = performance.now()
  for (let i = 0; i < 200; i++) await cache.set(`key ${i % 50}`, `value ${i}`)
  const ms = performance.now() - from
  const visits = await cache.incr('visits')
  const { end, durableEnd } = cache.durability
  console.log(
    `${fsync}: 200 writes one after another in ${ms.toFixed(0)} ms, visit ${visits};`,
    `a power cut now would take ${end - durableEnd} of ${end} records`,
  )
  await cache.close()
}
