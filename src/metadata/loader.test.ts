import { describe, expect, it } from 'vitest'
import { Prng } from '../base/index.ts'
import { RecordSource } from './image/record-source.conformance.ts'
import { twinOf } from './image/twin.conformance.ts'
import { MetadataLoader } from './loader.ts'
import type { CommittedBatch } from './loader.ts'
import { metadataRecord } from './records/record.ts'
import type { MetadataRecord } from './records/record.ts'
import { snapshotRecords } from './snapshot.ts'

const begin = metadataRecord('beginTransaction', { name: 'test' })
const end = metadataRecord('endTransaction', {})
const abort = metadataRecord('abortTransaction', { reason: 'test' })

const level = (featureLevel: number, name = 'group.version'): MetadataRecord => {
  return metadataRecord('featureLevel', { name, featureLevel })
}

/** Batches of a log that begins at offset 0, in leader epoch 4. */
function log(...batches: MetadataRecord[][]): CommittedBatch[] {
  let offset = 0
  return batches.map((records) => {
    offset += records.length
    return { offsetLast: offset - 1, epoch: 4, timestampMs: 1000 + offset, records }
  })
}

describe('MetadataLoader', () => {
  it('says where each image stands in the log', () => {
    const loader = new MetadataLoader()
    expect(loader.image.provenance).toEqual({ offsetLast: -1, epoch: -1, timestampMs: -1 })
    const [first, second] = log([level(1), level(2)], [level(3)])
    const delta = loader.load([first as CommittedBatch])
    expect(delta?.image.provenance).toEqual({ offsetLast: 1, epoch: 4, timestampMs: 1002 })
    expect(delta?.image.features.level('group.version')).toBe(2)
    expect(loader.load([second as CommittedBatch])?.before).toBe(delta?.image)
    expect(loader.offsetLast).toBe(2)
  })

  it('moves on over batches without records, as control batches are', () => {
    const loader = new MetadataLoader()
    loader.load([{ offsetLast: 2, epoch: 1, timestampMs: 5, records: [] }])
    expect(loader.image.provenance.offsetLast).toBe(2)
  })

  it('shows a transaction at its end, however the batches come', () => {
    const batches = log([level(1), begin, level(2)], [level(3)], [level(4), end, level(9, 'x')])
    const oneByOne = new MetadataLoader()
    const deltas = batches.map((batch) => oneByOne.load([batch]))
    expect(deltas.map((delta) => delta?.image.features.level('group.version'))).toEqual([
      undefined,
      undefined,
      4,
    ])
    expect(oneByOne.image.provenance.offsetLast).toBe(6)
    const atOnce = new MetadataLoader()
    atOnce.load(batches)
    expect(twinOf(atOnce.image)).toEqual(twinOf(oneByOne.image))
    expect(oneByOne.image.features.level('x')).toBe(9)
  })

  it('stays where it was while a transaction is open', () => {
    const loader = new MetadataLoader()
    const [before, opened] = log([level(1)], [begin, level(2)])
    loader.load([before as CommittedBatch])
    const { image } = loader
    expect(loader.load([opened as CommittedBatch])).toBeNull()
    expect(loader.image).toBe(image)
    expect(loader.offsetLast).toBe(2)
  })

  it('keeps what came before a transaction in the same batch', () => {
    const loader = new MetadataLoader()
    for (const batch of log([level(5), begin, level(6)], [abort])) loader.load([batch])
    expect(loader.image.features.level('group.version')).toBe(5)
  })

  it('drops an aborted transaction', () => {
    const loader = new MetadataLoader()
    const deltas = log([level(1)], [begin, level(2)], [level(3), abort]).map((b) =>
      loader.load([b]),
    )
    expect(deltas.at(-1)?.image.provenance.offsetLast).toBe(4)
    expect(loader.image.features.level('group.version')).toBe(1)
  })

  it.each([
    ['an end without a begin', [end]],
    ['an abort without a begin', [abort]],
    ['a begin within a transaction', [begin, begin]],
  ])('refuses %s', (_, records) => {
    const loader = new MetadataLoader()
    expect(() => loader.load(log(records))).toThrow(/metadata transaction/)
  })

  it('gives the same image whatever the batches', () => {
    for (let seed = 0; seed < 50; seed++) {
      const prng = new Prng(seed)
      const source = new RecordSource(prng)
      const batches = log(
        ...Array.from({ length: 15 }, () => {
          return Array.from({ length: prng.int(1, 8) }, () => source.next())
        }),
      )
      const loader = new MetadataLoader()
      while (batches.length > 0) loader.load(batches.splice(0, prng.int(1, 4)))
      expect(twinOf(loader.image)).toEqual(source.twin)
    }
  })

  it('replaces everything by a snapshot, and goes on from there', () => {
    const other = new MetadataLoader()
    other.load(log([level(1), level(7, 'x')]))
    const loader = new MetadataLoader()
    loader.load(log([level(3), begin, level(4)]))
    const provenance = { offsetLast: 99, epoch: 6, timestampMs: 5 }
    const delta = loader.loadSnapshot(snapshotRecords(other.image), provenance)
    expect(delta.image.provenance).toEqual(provenance)
    expect(twinOf(delta.image)).toEqual(twinOf(other.image))
    expect(loader.offsetLast).toBe(99)
    const next = { offsetLast: 100, epoch: 6, timestampMs: 6, records: [level(2)] }
    expect(loader.load([next])?.image.features.level('group.version')).toBe(2)
    expect(loader.image.features.level('x')).toBe(7)
  })
})
