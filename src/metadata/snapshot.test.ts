import { describe, expect, it } from 'vitest'
import { Prng } from '../base/index.ts'
import { applyRecords, emptyImage } from './image/image.ts'
import { RecordSource } from './image/record-source.conformance.ts'
import { twinOf } from './image/twin.conformance.ts'
import { decodeRecord, encodeRecord } from './records/framing.ts'
import { snapshotRecords } from './snapshot.ts'

function someImage(seed: number, count: number) {
  const source = new RecordSource(new Prng(seed))
  return applyRecords(
    emptyImage,
    Array.from({ length: count }, () => source.next()),
  )
}

describe('snapshotRecords', () => {
  it.each(Array.from({ length: 100 }, (_, i) => i))(
    'gives the same image back (seed %i)',
    (seed) => {
      const image = someImage(seed, 120)
      const written = [...snapshotRecords(image)].map((record) => encodeRecord(record, 30))
      const again = applyRecords(emptyImage, written.map(decodeRecord))
      expect(twinOf(again)).toEqual(twinOf(image))
      expect([...snapshotRecords(again)]).toEqual([...snapshotRecords(image)])
    },
  )

  it('comes in the order of Apache Kafka, metadata.version first', () => {
    const records = Array.from({ length: 30 }, (_, seed) => [
      ...snapshotRecords(someImage(seed, 300)),
    ])
    const order = [
      ['featureLevel'],
      ['registerBroker'],
      ['registerController'],
      ['topic', 'partition'],
      ['config'],
      ['clientQuota'],
      ['producerIds'],
      ['accessControlEntry'],
      ['userScramCredential'],
      ['delegationToken'],
    ]
    const kinds = new Set<number>()
    for (const snapshot of records) {
      const ranks = snapshot.map(({ type }) => order.findIndex((types) => types.includes(type)))
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
      for (const rank of ranks) kinds.add(rank)
      const levels = snapshot.flatMap((r) => (r.type === 'featureLevel' ? [r.value.name] : []))
      if (levels.includes('metadata.version')) expect(levels[0]).toBe('metadata.version')
    }
    expect(kinds.size).toBe(order.length)
  })
})
