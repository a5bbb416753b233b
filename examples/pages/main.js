/** npm run example:pages [directory]: money moves between accounts that lie on different pages. */
import { openPages } from './pages.js'

const path = process.argv[2] ?? './data-pages'
const ACCOUNTS = 100
const pages = await openPages(path)

/** @param {number} account */
const balanceOf = (account) => pages.read(account, 0, 8).readBigInt64BE(0)
/**
 * @param {number} account
 * @param {bigint} balance
 */
const change = (account, balance) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(balance)
  return { page: account, at: 0, bytes }
}
const sum = () => {
  let total = 0n
  for (let account = 0; account < ACCOUNTS; account++) total += balanceOf(account)
  return total
}

if (sum() === 0n) {
  await pages.write(Array.from({ length: ACCOUNTS }, (_, account) => change(account, 1000n)))
}
console.log(`${path}: ${sum()} in ${ACCOUNTS} accounts, ${pages.repaired} torn pages repaired`)
for (let i = 0; i < 200; i++) {
  const [from, to] = [i % ACCOUNTS, (i * 7 + 1) % ACCOUNTS]
  if (from === to) continue
  await pages.write([change(from, balanceOf(from) - 5n), change(to, balanceOf(to) + 5n)])
}
await pages.checkpoint()
console.log(`200 transfers later: ${sum()}`)
await pages.close()
