import { describe, expect, test } from 'vitest'
import { bootstrapOf, planLocalCluster } from './plan.ts'

const options = {
  nodes: 3,
  dataDir: '/data',
  kafkaPort: 9092,
  httpPort: 9644,
  controllerPort: 9192,
}

describe('a cluster on one machine', () => {
  test('gives each node its own ports, directory and rack, and all the same voters', () => {
    const nodes = planLocalCluster(options)
    expect(bootstrapOf(nodes)).toBe('127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094')
    for (const key of ['node.id', 'broker.rack', 'listeners', 'http.listener', 'log.dirs'])
      expect(new Set(nodes.map(({ properties }) => properties.get(key))).size).toBe(3)
    const voters = new Set(
      nodes.map(({ properties }) => properties.get('controller.quorum.voters')),
    )
    expect([...voters]).toEqual(['1@127.0.0.1:9192,2@127.0.0.1:9193,3@127.0.0.1:9194'])
  })

  test.each([
    [1, '1', '1'],
    [2, '2', '1'],
    [3, '3', '2'],
    [5, '3', '2'],
  ])('of %i nodes replicates %s times and wants %s in sync', (count, factor, insync) => {
    const [node] = planLocalCluster({ ...options, nodes: count })
    expect(node?.properties.get('default.replication.factor')).toBe(factor)
    expect(node?.properties.get('min.insync.replicas')).toBe(insync)
  })

  test.each([0, 10, 2.5, Number.NaN])('of %d nodes is refused', (count) => {
    expect(() => planLocalCluster({ ...options, nodes: count })).toThrow('wanted a number')
  })
})
