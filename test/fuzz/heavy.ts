/**
 * What the costliest requests that the limits allow cost a node, one at a time: long arrays in every API, compressed bombs.
 *
 *     node test/fuzz/heavy.ts [--seed N] [--partitions 200] [--show-ms 10]
 */
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { Prng } from '../../src/base/index.ts'
import { runSuite } from '../harness/suite.ts'
import type { Suite } from '../harness/suite.ts'
import { soundBatch } from './batches.ts'
import { BROKER_ID } from './drafts.ts'
import { makeCorpus } from './corpus.ts'
import type { SeedFrame } from './corpus.ts'
import { connectTo, createTopics } from './good-client.ts'
import { fateOf } from './predict.ts'
import { WatchedNode } from './watched-node.ts'

const STALL_MS_MAX = 50
const PATIENCE_MS = 20_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    partitions: { type: 'string', default: '200' },
    'show-ms': { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
  },
})

/** Sends one frame; resolves with what came of it. */
function send(port: number, frame: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let received = 0
    let wanted = Infinity
    const finish = (outcome: string): void => {
      clearTimeout(patience)
      socket.destroy()
      resolve(outcome)
    }
    const patience = setTimeout(() => finish('no answer'), PATIENCE_MS)
    socket.on('data', (chunk: Buffer) => {
      if (received === 0) wanted = chunk.readInt32BE(0) + 4
      received += chunk.length
      if (received >= wanted) finish(`${received} bytes`)
    })
    socket.on('error', () => {})
    socket.on('close', () => finish('closed'))
    socket.write(frame)
  })
}

async function measure(suite: Suite): Promise<void> {
  const node = await WatchedNode.start({ 'auto.create.topics.enable': 'false' })
  const admin = await connectTo(node.port)
  const prng = new Prng(Number(values.seed))
  const topics = await createTopics(admin, [
    { name: 'fuzz-plain', partitions: Number(values.partitions) },
    { name: 'fuzz-other', partitions: 3 },
  ])
  const served = new Map(
    (admin.apiVersions?.apiKeys ?? []).map(({ apiKey, minVersion, maxVersion }) => [
      apiKey,
      [minVersion, maxVersion] as const,
    ]),
  )
  const world = { topics, groups: ['g'], brokerId: BROKER_ID, batch: () => soundBatch(prng) }
  const { heavy } = makeCorpus(prng, world, served, 1)
  const frames = heavy.filter(
    ({ api, bytes }) =>
      (values.only === '' || api === values.only) && fateOf(bytes.subarray(4), served) !== 'silent',
  )
  await node.report()
  let worst = 0
  const slow: string[] = []
  for (const frame of frames) {
    const { text, ownMs, isBad } = await measureOne(node, frame)
    worst = Math.max(worst, ownMs)
    if (ownMs >= Number(values['show-ms'])) suite.note(text)
    if (isBad) slow.push(text)
  }
  suite.note(`${frames.length} frames, the worst stalls the loop for ${worst.toFixed(0)} ms`)
  admin.close()
  await node.child.stop()
  const broken = node.brokenLines()
  if (slow.length + broken.length > 0) throw new Error([...slow, ...broken].join('\n'))
}

async function measureOne(
  node: WatchedNode,
  { api, version, bytes }: SeedFrame,
): Promise<{ text: string; ownMs: number; isBad: boolean }> {
  const startMs = performance.now()
  const outcome = await send(node.port, bytes)
  const tookMs = performance.now() - startMs
  const { worst, rssBytes } = await node.report()
  const text = `${api} v${version}, ${bytes.length} bytes: ${outcome} after ${tookMs.toFixed(0)} ms, stall ${worst.ownMs.toFixed(1)} ms, ${(rssBytes / 1024 / 1024).toFixed(0)} MiB`
  const isBad = worst.ownMs > STALL_MS_MAX || outcome === 'no answer'
  return { text, ownMs: worst.ownMs, isBad }
}

await runSuite('heavy frames', {}, async (suite) => {
  await suite.check('no request stalls the loop', () => measure(suite), 900_000)
})
