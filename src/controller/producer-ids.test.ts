import { describe, expect, it } from 'vitest'
import { applyRecords } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import { clusterOf } from './harness.conformance.ts'
import { allocateProducerIds } from './producer-ids.ts'

describe('allocateProducerIds', () => {
  it('gives every id to one block only', () => {
    let image = clusterOf(2)
    const blocks = [1, 2, 1].map((brokerId) => {
      const request = { brokerId, brokerEpoch: brokerId * 10 }
      const { records, response } = allocateProducerIds(image, request)
      image = applyRecords(image, records)
      return [response.producerIdStart, response.producerIdLen]
    })
    expect(blocks).toEqual([
      [0, 1000],
      [1000, 1000],
      [2000, 1000],
    ])
  })

  it('refuses an incarnation that is over', () => {
    const { records, response } = allocateProducerIds(clusterOf(1), { brokerId: 1, brokerEpoch: 9 })
    expect(errorName(response.errorCode)).toBe('STALE_BROKER_EPOCH')
    expect(records).toEqual([])
  })
})
