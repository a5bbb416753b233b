import { DescribeProducersRequest, DescribeProducersResponse } from '../../src/protocol/index.ts'
import type { SimClient } from './client.ts'
import type { Shadow } from './shadow.ts'

/** What the node knows of each partition's producers, as text that can be compared; null when it did not answer. */
export async function describeProducers(
  client: SimClient,
  shadow: Shadow,
): Promise<ReadonlyMap<string, string> | null> {
  const known = new Map<string, string>()
  for (const { name, partitions } of shadow.present()) {
    // Where records were deleted, a crash may forget those who wrote nothing else, as in Kafka.
    const whole = [...partitions.keys()].filter((index) => partitions[index]?.startMax === 0)
    const topics = [{ name, partitionIndexes: whole }]
    const reply = await client.send(DescribeProducersRequest, DescribeProducersResponse, { topics })
    if (reply.kind !== 'answer') return null
    const found = reply.answer.topics[0]?.partitions ?? []
    for (const { partitionIndex, errorCode, activeProducers } of found) {
      if (errorCode !== 0) continue
      const producers = activeProducers.map(
        ({ producerId, producerEpoch, lastSequence }) =>
          `${producerId}/${producerEpoch}: ${lastSequence}`,
      )
      known.set(`${name}-${partitionIndex}`, producers.sort().join(', '))
    }
  }
  return known
}
