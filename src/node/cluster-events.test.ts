import { expect, test } from 'vitest'
import { ZERO_UUID } from '../base/index.ts'
import { MetricRegistry } from '../io/index.ts'
import type { Telemetry } from '../io/index.ts'
import { ImageEditor, applyRecords, emptyImage, metadataRecord } from '../metadata/index.ts'
import type { MetadataRecord } from '../metadata/index.ts'
import { reportChange } from './cluster-events.ts'

const TOPIC = 'AAAAAAAAAAAAAAAAAAAAAQ'
const registration = { incarnationId: ZERO_UUID, endPoints: [], features: [], rack: null }

/** A topic of so many partitions, all led by broker 1. */
function cluster(partitions: number): MetadataRecord[] {
  return [
    metadataRecord('registerBroker', {
      ...registration,
      brokerId: 1,
      brokerEpoch: 5,
      fenced: false,
    }),
    metadataRecord('topic', { name: 't', topicId: TOPIC }),
    ...Array.from({ length: partitions }, (_, partitionId) =>
      metadataRecord('partition', {
        topicId: TOPIC,
        partitionId,
        replicas: [1, 2],
        isr: [1, 2],
        removingReplicas: [],
        addingReplicas: [],
        leader: 1,
        leaderEpoch: 0,
        partitionEpoch: 0,
      }),
    ),
  ]
}

function eventsOf(records: readonly MetadataRecord[], partitions = 1): string[] {
  const lines: string[] = []
  const telemetry: Telemetry = {
    metrics: new MetricRegistry(),
    log: (level, event, message) => lines.push(`${level} ${event}: ${message}`),
  }
  const editor = new ImageEditor(applyRecords(emptyImage, cluster(partitions)))
  for (const record of records) editor.apply(record)
  reportChange(editor.finish(emptyImage.provenance), telemetry)
  return lines
}

const fenced = metadataRecord('brokerRegistrationChange', {
  brokerId: 1,
  brokerEpoch: 5,
  fenced: 1,
})

function leads(leader: number, partitionId = 0): MetadataRecord {
  return metadataRecord('partitionChange', { topicId: TOPIC, partitionId, leader })
}

test('a broker that is fenced, and who leads instead', () => {
  expect(eventsOf([fenced, leads(2)])).toEqual([
    'warn broker.fenced: Broker 1 is fenced',
    'info partition.leader: Broker 2 leads t-0 now',
  ])
})

test('a partition without a leader', () => {
  expect(eventsOf([leads(-1)])).toEqual(['warn partition.offline: t-0 has no leader any more'])
})

test('a broker that comes back, leaves and is forgotten', () => {
  const back = metadataRecord('registerBroker', {
    ...registration,
    incarnationId: TOPIC,
    brokerId: 1,
    brokerEpoch: 9,
    fenced: true,
  })
  const leaving = { brokerId: 1, brokerEpoch: 5, inControlledShutdown: 1 }
  expect(eventsOf([back])).toEqual(['info broker.registered: Broker 1 is registered'])
  expect(eventsOf([metadataRecord('brokerRegistrationChange', leaving)])).toEqual([
    'info broker.leaving: Broker 1 is leaving',
  ])
  const gone = metadataRecord('unregisterBroker', { brokerId: 1, brokerEpoch: 5 })
  expect(eventsOf([gone])).toEqual(['info broker.unregistered: Broker 1 is unregistered'])
})

test('of many partitions only the number', () => {
  const all = Array.from({ length: 50 }, (_, index) => leads(index < 10 ? -1 : 2, index))
  expect(eventsOf([fenced, ...all], 50)).toEqual([
    'warn broker.fenced: Broker 1 is fenced',
    'warn partition.leaders: 50 partitions changed their leader with broker 1; 10 have none now',
  ])
})

test('a topic that is made is no news', () => {
  const made = [metadataRecord('topic', { name: 'u', topicId: 'AAAAAAAAAAAAAAAAAAAAAg' })]
  expect(eventsOf(made)).toEqual([])
})
