import { describe, expect, it } from 'vitest'
import { applyRecords } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import { createPartitions } from './create-partitions.ts'
import { brokerRecord, clusterOf, contextOf, withTopic } from './harness.conformance.ts'

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const image = withTopic(clusterOf(3), 'orders', TOPIC_ID, [
  { replicas: [1, 2], isr: [1, 2] },
  { replicas: [2, 3], isr: [2, 3] },
])

function run(
  topics: ReadonlyArray<{ name?: string; count: number; assignments?: number[][] }>,
  validateOnly = false,
  base = image,
) {
  const request = {
    topics: topics.map(({ name = 'orders', count, assignments }) => ({
      name,
      count,
      assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
    })),
    timeoutMs: 0,
    validateOnly,
  }
  const { records, response } = createPartitions(base, request, contextOf())
  const answers = response.results.map(({ errorCode }) => errorName(errorCode))
  const partitions = applyRecords(base, records).topics.byName('orders')?.partitions ?? []
  return { records, answers, partitions }
}

describe('createPartitions', () => {
  it('adds partitions after those there are, with the replication factor of the topic', () => {
    const { answers, partitions } = run([{ count: 4 }])
    expect(answers).toEqual(['NONE'])
    expect(partitions.map(({ index }) => index)).toEqual([0, 1, 2, 3])
    expect(partitions[3]?.replicas).toHaveLength(2)
    expect(partitions[3]?.leader).toBe(partitions[3]?.replicas[0])
  })

  it('takes a manual assignment', () => {
    const { partitions } = run([
      {
        count: 4,
        assignments: [
          [3, 1],
          [1, 3],
        ],
      },
    ])
    expect(partitions.slice(2).map(({ replicas }) => replicas)).toEqual([
      [3, 1],
      [1, 3],
    ])
  })

  it.each([
    [{ count: 2 }, 'INVALID_PARTITIONS'],
    [{ count: 1 }, 'INVALID_PARTITIONS'],
    [{ count: -1 }, 'INVALID_PARTITIONS'],
    [{ count: 10_003 }, 'POLICY_VIOLATION'],
    [{ name: 'unknown', count: 9 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    [{ count: 4, assignments: [[1, 2]] }, 'INVALID_REPLICA_ASSIGNMENT'],
    [{ count: 3, assignments: [] }, 'INVALID_REPLICA_ASSIGNMENT'],
    [{ count: 3, assignments: [[1]] }, 'INVALID_REPLICA_ASSIGNMENT'],
    [{ count: 3, assignments: [[1, 9]] }, 'INVALID_REPLICA_ASSIGNMENT'],
  ])('refuses %j', (topic, error) => {
    const { answers, records } = run([topic])
    expect(answers).toEqual([error])
    expect(records).toEqual([])
  })

  it('refuses a topic that is named twice', () => {
    expect(run([{ count: 3 }, { count: 4 }]).answers).toEqual(['INVALID_REQUEST'])
  })

  it('writes nothing where the request only asks', () => {
    expect(run([{ count: 3 }], true)).toMatchObject({ answers: ['NONE'], records: [] })
  })

  it('places nothing where too few brokers are left', () => {
    const fenced = [1, 2, 3].map((id) => brokerRecord(id, { fenced: true }))
    const { answers } = run([{ count: 3 }], false, applyRecords(image, fenced))
    expect(answers).toEqual(['INVALID_REPLICATION_FACTOR'])
  })
})
