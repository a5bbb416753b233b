import { expect, it } from 'vitest'
import { copyOf, throttledReplicas } from './throttle.ts'

it('holds back who has the data when they send, and who gets it when they receive', () => {
  const moving = [
    { topic: 't', partition: 0, replicas: [1, 2, 4], adding: [4], removing: [1] },
    { topic: 't', partition: 1, replicas: [2, 3], adding: [3], removing: [] },
    { topic: 'u', partition: 0, replicas: [5, 6], adding: [6], removing: [5] },
  ]
  const changes = (leader: string, follower: string): unknown => [
    { name: 'leader.replication.throttled.replicas', value: leader },
    { name: 'follower.replication.throttled.replicas', value: follower },
  ]
  expect(throttledReplicas(moving.map(copyOf))).toEqual([
    { target: { kind: 'topic', name: 't' }, changes: changes('0:1,0:2,1:2', '0:4,1:3') },
    { target: { kind: 'topic', name: 'u' }, changes: changes('0:5', '0:6') },
  ])
})
