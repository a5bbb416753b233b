import { describe, expect, it } from 'vitest'
import { healthOf, problemsOf } from './health.ts'

type Metadata = Parameters<typeof healthOf>[0]

function cluster(
  partitions: ReadonlyArray<readonly [leader: number, isr: number[], replicas: number[]]>,
  controllerId = 1,
): Metadata {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    clusterAuthorizedOperations: 0,
    clusterId: 'c',
    controllerId,
    brokers: [{ nodeId: 1, host: 'h', port: 1, rack: null }],
    topics: [
      {
        errorCode: 0,
        name: 't',
        topicId: '',
        isInternal: false,
        topicAuthorizedOperations: 0,
        partitions: partitions.map(([leaderId, isrNodes, replicaNodes], partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId,
          leaderEpoch: 0,
          replicaNodes,
          isrNodes,
          offlineReplicas: [],
        })),
      },
    ],
  }
}

describe('healthOf', () => {
  it('is healthy when all are led and in sync', () => {
    const health = healthOf(cluster([[1, [1, 2], [1, 2]]]))
    expect(health.isHealthy).toBe(true)
    expect(problemsOf(health)).toEqual([])
  })

  it('names partitions without a leader and those behind', () => {
    const health = healthOf(
      cluster([
        [-1, [2], [1, 2]],
        [1, [1, 2], [1, 2]],
      ]),
    )
    expect(health).toMatchObject({
      isHealthy: false,
      leaderless: ['t-0'],
      underReplicated: ['t-0'],
    })
    expect(problemsOf(health)).toHaveLength(2)
  })

  it('is not healthy without a controller', () => {
    expect(healthOf(cluster([], -1)).isHealthy).toBe(false)
  })

  it('names only the first of many', () => {
    const many = Array.from({ length: 9 }, () => [-1, [1], [1]] as const)
    const health = healthOf(cluster(many.map(([leader, isr, all]) => [leader, [...isr], [...all]])))
    expect(problemsOf(health)[0]).toContain('t-4 and 4 more')
  })
})
