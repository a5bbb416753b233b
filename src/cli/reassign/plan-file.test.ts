import { describe, expect, it } from 'vitest'
import { parsePlan, planAsJson } from './plan-file.ts'

const plan = [
  { topic: 'orders', partition: 0, replicas: [1, 2, 3] },
  { topic: 'orders', partition: 1, replicas: [2] },
]

describe('a plan', () => {
  it('is read as it was written', () => {
    expect(parsePlan(JSON.stringify(planAsJson(plan)))).toEqual(plan)
  })

  it("is read from Kafka's own tool", () => {
    const text = `{"version":1,"partitions":[{"topic":"orders","partition":1,"replicas":[2],"log_dirs":["any"]}]}`
    expect(parsePlan(text)).toEqual([plan[1]])
  })

  it.each([
    ['{"version":1', 'JSON'],
    ['[]', 'wanted an object'],
    ['{"partitions":[]}', 'found version undefined'],
    ['{"version":2,"partitions":[]}', 'wanted 1'],
    ['{"version":1}', "wanted a list 'partitions'"],
    ['{"version":1,"partitions":[1]}', 'partitions[0]: wanted an object'],
    [one('"topic":"","partition":0,"replicas":[1]'), 'wanted a topic'],
    [one('"topic":"t","partition":-1,"replicas":[1]'), 'wanted the number'],
    [one('"topic":"t","partition":0,"replicas":[]'), 'wanted replicas'],
    [one('"topic":"t","partition":0,"replicas":[1,1]'), 'different'],
    [one('"topic":"t","partition":0,"replicas":[1],"log_dirs":["/data"]'), 'cannot be chosen'],
    [
      `{"version":1,"partitions":[${'{"topic":"t","partition":0,"replicas":[1]},'.repeat(2).slice(0, -1)}]}`,
      't-0 stands in it twice',
    ],
  ])('is refused: %s', (text, message) => {
    expect(() => parsePlan(text)).toThrow(message)
  })
})

function one(partition: string): string {
  return `{"version":1,"partitions":[{${partition}}]}`
}
