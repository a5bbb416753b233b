import { describe, expect, it } from 'vitest'
import { healthOf, problemsOf } from './health.ts'

type View = Parameters<typeof healthOf>[0]
type Partition = readonly [leader: number, isr: number[], replicas: number[]]

function cluster(partitions: readonly Partition[], more: Partial<View> = {}): View {
  const metadata = {
    throttleTimeMs: 0,
    errorCode: 0,
    clusterAuthorizedOperations: 0,
    clusterId: 'c',
    controllerId: 1,
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
  const others = { brokers: [], unreachable: [], quorum: undefined, minIsr: new Map() }
  return { metadata, ...others, ...more }
}

function quorum(silentMs: readonly (number | null)[]): NonNullable<View['quorum']> {
  const voters = silentMs.map((silent, index) => ({
    id: index + 1,
    directoryId: null,
    logEnd: 0,
    lag: 0,
    lagMs: silent,
    silentMs: silent,
    lastFetchTimestamp: 0,
    lastCaughtUpTimestamp: 0,
    endpoints: [],
  }))
  const state = { leaderId: 1, leaderEpoch: 1, highWatermark: 0, hasTimes: true }
  return { ...state, voters, observers: [] }
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
    const view = cluster([])
    const metadata = { ...view.metadata, controllerId: -1 }
    expect(healthOf({ ...view, metadata }).isHealthy).toBe(false)
    expect(healthOf({ ...view, quorum: null }).isHealthy).toBe(false)
    expect(healthOf({ ...view, quorum: quorum([0]) }).isHealthy).toBe(true)
  })

  it('counts what acks=all refuses, and never wants more in sync than there are replicas', () => {
    const partitions: Partition[] = [
      [1, [1], [1, 2, 3]],
      [1, [1, 2], [1, 2, 3]],
      [1, [1], [1]],
    ]
    const { underMinIsr } = healthOf(cluster(partitions, { minIsr: new Map([['t', 2]]) }))
    expect(underMinIsr).toEqual(['t-0'])
  })

  it('is not healthy with a fenced broker, even one without replicas', () => {
    const fenced = { id: 7, host: 'h', port: 1, rack: null, isFenced: true }
    const health = healthOf(cluster([[1, [1], [1]]], { brokers: [fenced] }))
    expect(health).toMatchObject({ isHealthy: false, fenced: [7] })
    expect(problemsOf(health)).toEqual(['Fenced brokers: 7.'])
  })

  it('is not healthy with fewer brokers than wanted', () => {
    expect(healthOf(cluster([]), 1).isHealthy).toBe(true)
    const health = healthOf(cluster([]), 3)
    expect(health.isHealthy).toBe(false)
    expect(problemsOf(health)).toEqual(['Brokers that serve: 1 of 3.'])
  })

  it('is not healthy with a broker that does not answer', () => {
    const health = healthOf(cluster([[1, [1], [1]]], { unreachable: [2] }))
    expect(health.isHealthy).toBe(false)
    expect(problemsOf(health)).toEqual(['Brokers that do not answer: 2.'])
  })

  it('names voters that have not asked for long, or not at all', () => {
    const health = healthOf(cluster([], { quorum: quorum([0, 600, 30_000, null]) }))
    expect(health).toMatchObject({ isHealthy: false, silentVoters: [3, 4] })
    const old = { ...quorum([null, null]), hasTimes: false }
    expect(healthOf(cluster([], { quorum: old })).silentVoters).toEqual([])
  })

  it('names only the first of many', () => {
    const many = Array.from({ length: 9 }, () => [-1, [1], [1]] as const)
    const health = healthOf(cluster(many.map(([leader, isr, all]) => [leader, [...isr], [...all]])))
    expect(problemsOf(health)[0]).toContain('t-4 and 4 more')
  })
})
