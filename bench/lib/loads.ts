/** The loads of part produce and part fetch, and how one of them is put on a server. */
import { makeBatch, produceFrame } from './frames.ts'
import type { Load } from './frames.ts'
import { pump } from './pump.ts'
import type { PumpResult } from './pump.ts'
import { createTopic } from './servers.ts'
import { whenServed } from './verify.ts'

/** A batch of 1 MiB must stay below `max.message.bytes`. */
const MEBIBYTE_BATCH = 1024 * 1024 - 2048

export const LOADS: readonly Load[] = [
  { name: '1 KiB records, 16 KiB batches', recordBytes: 1024, batchBytes: 16 * 1024 },
  { name: '1 KiB records, 1 MiB batches', recordBytes: 1024, batchBytes: MEBIBYTE_BATCH },
  { name: '100 B records, 16 KiB batches', recordBytes: 100, batchBytes: 16 * 1024 },
  { name: '100 B records, 1 MiB batches', recordBytes: 100, batchBytes: MEBIBYTE_BATCH },
  { name: '1 KiB, one record per request', recordBytes: 1024, batchBytes: 1 },
]

/** Each connection has a partition of its own. */
export const CONNECTIONS = 4

/** A topic with a partition for each connection, ready to be produced to. */
export async function makeTopic(port: number, topic: string): Promise<void> {
  await createTopic(port, topic, CONNECTIONS)
  await whenServed(port, topic, CONNECTIONS)
}

/** Keeps produce requests with acks=all in flight for a while. */
export function produceLoad(
  port: number,
  topic: string,
  load: Load,
  durationMs: number,
): Promise<PumpResult> {
  const { batch } = makeBatch(load)
  const frames = Array.from({ length: CONNECTIONS }, (_, partition) =>
    produceFrame(topic, partition, batch),
  )
  return pump({
    port,
    connections: CONNECTIONS,
    inFlight: load.batchBytes > 100_000 ? 3 : 8,
    durationMs,
    next: (connection) => frames[connection] as Buffer,
    check: (sample, sizeBytes) => {
      // A floor answers with four bytes.
      const errorCode = sizeBytes > 4 ? produceErrorCode(sample) : 0
      if (errorCode !== 0) throw new Error(`${topic} on port ${port}: produce error ${errorCode}`)
    },
  })
}

/** Produce response version 9: correlation id, tags, one topic (compact), its name, one partition: index, error code. */
function produceErrorCode(sample: Buffer): number {
  const nameLength = (sample[6] as number) - 1
  return sample.readInt16BE(4 + 1 + 1 + 1 + nameLength + 1 + 4)
}
