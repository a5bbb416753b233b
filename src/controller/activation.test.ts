import { describe, expect, it } from 'vitest'
import { BrokerSettings, emptyImage, metadataRecord, MetadataLoader } from '../metadata/index.ts'
import { activationRecords } from './activation.ts'
import { clusterOf } from './harness.conformance.ts'

const level = (name: string, featureLevel: number) =>
  metadataRecord('featureLevel', { name, featureLevel })
const bootstrap = [
  level('metadata.version', 30),
  level('eligible.leader.replicas.version', 1),
  level('group.version', 1),
]
const broker = new BrokerSettings(new Map([['min.insync.replicas', '2']]))

describe('activationRecords', () => {
  it('writes the first records of an empty log as one transaction', () => {
    const records = activationRecords(emptyImage, false, bootstrap, broker)
    expect(records[0]).toEqual(metadataRecord('beginTransaction', { name: 'Bootstrap records' }))
    expect(records.at(-1)?.type).toBe('endTransaction')
    const loader = new MetadataLoader()
    loader.load([{ offsetLast: 9, epoch: 1, timestampMs: 0, records }])
    expect(loader.image.features.metadataVersion).toBe(30)
    expect(loader.image.features.level('group.version')).toBe(1)
    expect(loader.image.configs.ofDefaultBroker().get('min.insync.replicas')).toBe('2')
  })

  it('writes down min.insync.replicas only with eligible leader replicas', () => {
    const records = activationRecords(emptyImage, false, [level('metadata.version', 30)], broker)
    expect(records.map(({ type }) => type)).toEqual([
      'beginTransaction',
      'featureLevel',
      'endTransaction',
    ])
  })

  it('writes nothing into a log that has records', () => {
    expect(activationRecords(clusterOf(1), false, bootstrap, broker)).toEqual([])
  })

  it('aborts what a predecessor began', () => {
    const types = activationRecords(clusterOf(1), true, bootstrap, broker).map(({ type }) => type)
    expect(types).toEqual(['abortTransaction'])
    const empty = activationRecords(emptyImage, true, bootstrap, broker)
    expect(empty.slice(0, 2).map(({ type }) => type)).toEqual([
      'abortTransaction',
      'beginTransaction',
    ])
  })
})
