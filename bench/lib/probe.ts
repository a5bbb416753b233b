/** From exec to the first acknowledged produce. */
import { connect } from 'node:net'
import { makeBatch, produceFrame } from './frames.ts'
import type { Node } from './servers.ts'

/** Launches the node, sends one produce request as soon as its port opens, and resolves with the milliseconds until it was acknowledged. */
export async function msToFirstProduce(
  node: Node,
  topic: string,
  timeoutMs: number,
): Promise<number> {
  const { batch } = makeBatch({ name: '', recordBytes: 100, batchBytes: 1 })
  const frame = produceFrame(topic, 0, batch)
  const startMs = performance.now()
  node.launch()
  while (!(await isProduced(node.port, frame, topic))) {
    if (performance.now() - startMs > timeoutMs)
      throw new Error(`${node.name} took nothing on port ${node.port} for ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return performance.now() - startMs
}

/** False when nobody listens, or the partition is not served yet. */
function isProduced(port: number, frame: Buffer, topic: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const done = (result: boolean): void => {
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => socket.write(frame))
    // Length prefix, correlation id, tags, one topic, its name, one partition: index, error code.
    socket.once('data', (response) =>
      done(response.readInt16BE(4 + 4 + 1 + 1 + 1 + topic.length + 1 + 4) === 0),
    )
    socket.once('error', () => done(false))
    socket.once('close', () => done(false))
  })
}
