import { describe, expect, it } from 'vitest'
import { applyRecords, configResourceTypes, metadataRecord } from '../metadata/index.ts'
import type { MetadataImage, RecordValue } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import {
  electLeaders,
  electPreferredLeaders,
  electUncleanLeaders,
  ELECTIONS_PER_ROUND,
} from './elect-leaders.ts'
import { brokerRecord, clusterOf, contextOf, withTopic } from './harness.conformance.ts'

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const [PREFERRED, UNCLEAN] = [0, 1]
const fenced = applyRecords(clusterOf(3), [brokerRecord(3, { fenced: true })])

function imageOf(
  partitions: ReadonlyArray<Partial<RecordValue<'partition'>>>,
  cluster: MetadataImage = fenced,
): MetadataImage {
  const complete = partitions.map((partition) => ({ replicas: [1, 2], isr: [1, 2], ...partition }))
  return withTopic(cluster, 'orders', TOPIC_ID, complete)
}

const five = imageOf([
  { leader: 1 },
  { leader: 2 },
  { leader: 2, isr: [2] },
  { leader: -1, replicas: [3, 1], isr: [3] },
  { leader: -1, replicas: [3], isr: [3] },
])

function elect(image: MetadataImage, electionType: number, partitions: number[] | null) {
  const topicPartitions = partitions === null ? null : [{ topic: 'orders', partitions }]
  const request = { electionType, topicPartitions, timeoutMs: 0 }
  const { records, response } = electLeaders(image, request, contextOf())
  const [result] = response.replicaElectionResults
  const codes = result?.partitionResult.map(({ partitionId, errorCode }) => {
    return [partitionId, errorName(errorCode)]
  })
  return { codes: Object.fromEntries(codes ?? []), response, leaders: leadersOf(image, records) }
}

function leadersOf(image: MetadataImage, records: Parameters<typeof applyRecords>[1]) {
  return applyRecords(image, records)
    .topics.byName('orders')
    ?.partitions.map(({ leader }) => leader)
}

describe('electLeaders', () => {
  it('makes preferred replicas leaders where they are in sync', () => {
    const { codes, leaders } = elect(five, PREFERRED, [0, 1, 2, 7])
    expect(codes).toEqual({
      0: 'ELECTION_NOT_NEEDED',
      1: 'NONE',
      2: 'PREFERRED_LEADER_NOT_AVAILABLE',
      7: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    expect(leaders).toEqual([1, 1, 2, -1, -1])
  })

  it('makes any replica that is alive leader where nobody leads, when it is asked to', () => {
    const { codes, leaders } = elect(five, UNCLEAN, [0, 3, 4])
    expect(codes).toEqual({
      0: 'ELECTION_NOT_NEEDED',
      3: 'NONE',
      4: 'ELIGIBLE_LEADERS_NOT_AVAILABLE',
    })
    expect(leaders).toEqual([1, 2, 2, 1, -1])
  })

  it('tells who asks for all only where something is to do', () => {
    expect(elect(five, PREFERRED, null).codes).toEqual({
      1: 'NONE',
      2: 'PREFERRED_LEADER_NOT_AVAILABLE',
      3: 'PREFERRED_LEADER_NOT_AVAILABLE',
      4: 'PREFERRED_LEADER_NOT_AVAILABLE',
    })
  })

  it('refuses another kind of election', () => {
    const { codes, response } = elect(five, 2, [0])
    expect(errorName(response.errorCode ?? 0)).toBe('INVALID_REQUEST')
    expect(codes).toEqual({ 0: 'INVALID_REQUEST' })
  })
})

describe('elections that the controller holds by itself', () => {
  it('give leadership back to preferred replicas, so many at a time', () => {
    const { records, response } = electPreferredLeaders(five, contextOf())
    expect(leadersOf(five, records)).toEqual([1, 1, 2, -1, -1])
    expect(response).toBe(false)
    const many = imageOf(Array.from({ length: ELECTIONS_PER_ROUND + 1 }, () => ({ leader: 2 })))
    const first = electPreferredLeaders(many, contextOf())
    expect([first.records.length, first.response]).toEqual([ELECTIONS_PER_ROUND, true])
    const rest = electPreferredLeaders(applyRecords(many, first.records), contextOf())
    expect([rest.records.length, rest.response]).toEqual([1, false])
  })

  it('lose records only where the topic allows it', () => {
    expect(electUncleanLeaders(five, contextOf()).records).toEqual([])
    const allowed = applyRecords(five, [
      metadataRecord('config', {
        resourceType: configResourceTypes.TOPIC,
        resourceName: 'orders',
        name: 'unclean.leader.election.enable',
        value: 'true',
      }),
    ])
    const { records } = electUncleanLeaders(allowed, contextOf())
    expect(leadersOf(allowed, records)).toEqual([1, 2, 2, 1, -1])
  })
})
