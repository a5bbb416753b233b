import { describe, expect, it } from 'vitest'
import { Prng } from '../../base/index.ts'
import { MetadataError } from '../error.ts'
import { metadataRecord } from '../records/record.ts'
import type { MetadataRecord } from '../records/record.ts'
import { snapshotRecords } from '../snapshot.ts'
import { diffImages } from './diff.ts'
import { applyRecords, emptyImage, ImageEditor } from './image.ts'
import type { MetadataDelta, MetadataImage } from './image.ts'
import { RecordSource } from './record-source.conformance.ts'
import { emptyTwin, twinOf } from './twin.conformance.ts'

const SEEDS = Array.from({ length: 150 }, (_, i) => i)
const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const OTHER_ID = 'sVmTcWoAQmugxmYZqlQEcw'

const ascending = (a: number, b: number): number => a - b

function fold(image: MetadataImage, records: readonly MetadataRecord[]): MetadataDelta {
  const editor = new ImageEditor(image)
  for (const record of records) editor.apply(record)
  return editor.finish(image.provenance)
}

function partition(topicId: string, partitionId: number, leader = 1): MetadataRecord {
  const lists = { replicas: [1], isr: [1], removingReplicas: [], addingReplicas: [] }
  const epochs = { leaderEpoch: 0, partitionEpoch: 0 }
  return metadataRecord('partition', { topicId, partitionId, leader, ...lists, ...epochs })
}

const newTopic = [
  metadataRecord('topic', { name: 'orders', topicId: TOPIC_ID }),
  partition(TOPIC_ID, 0),
  partition(TOPIC_ID, 1),
]

/** What a delta says, in a form that two deltas can be compared in. */
function plainDelta({ topics, cluster, configs }: MetadataDelta): unknown {
  const name = ({ type, name }: { type: number; name: string }): string => `${type}:${name}`
  return {
    created: topics.created.map(({ id }) => id).sort(),
    removed: topics.removed.map(({ id }) => id).sort(),
    partitions: topics.partitions
      .map(
        ({ topic, partition: { index }, before }) => `${topic.id}-${index} ${before !== undefined}`,
      )
      .sort(),
    brokers: cluster.brokers.toSorted(ascending),
    controllers: cluster.controllers.toSorted(ascending),
    configs: configs.map(name).sort(),
  }
}

describe('the fold', () => {
  it.each(SEEDS)('agrees with the plain statement of the records (seed %i)', (seed) => {
    const prng = new Prng(seed)
    const source = new RecordSource(prng)
    const older: Array<{ image: MetadataImage; twin: unknown }> = []
    let image = emptyImage
    for (let batch = 0; batch < 12; batch++) {
      const records = Array.from({ length: prng.int(1, 12) }, () => source.next())
      image = fold(image, records).image
      const twin = structuredClone(source.twin)
      expect(twinOf(image)).toEqual(twin)
      older.push({ image, twin })
    }
    for (const version of older) expect(twinOf(version.image)).toEqual(version.twin)
  })

  it.each(SEEDS)('says everything that changed, and shares what did not (seed %i)', (seed) => {
    const prng = new Prng(seed)
    const source = new RecordSource(prng)
    let image = emptyImage
    for (let batch = 0; batch < 6; batch++) {
      const delta = fold(
        image,
        Array.from({ length: prng.int(1, 20) }, () => source.next()),
      )
      const { created, removed, partitions } = delta.topics
      const seen = diffImages(image, delta.image)
      expect(created.map(({ id }) => id).sort()).toEqual(
        seen.topics.created.map((t) => t.id).sort(),
      )
      expect(removed.map(({ id }) => id).sort()).toEqual(
        seen.topics.removed.map((t) => t.id).sort(),
      )
      // A change and its opposite in one batch may be told although nothing is left of it.
      const told = new Set(partitions.map(({ topic, partition: p }) => `${topic.id}-${p.index}`))
      for (const { topic, partition: p, before } of seen.topics.partitions) {
        expect(told).toContain(`${topic.id}-${p.index}`)
        expect(before).toBe(image.topics.partition(topic.id, p.index))
      }
      expect(delta.cluster.brokers).toEqual(expect.arrayContaining([...seen.cluster.brokers]))
      expect(delta.cluster.controllers).toEqual(
        expect.arrayContaining([...seen.cluster.controllers]),
      )
      expect(delta.configs).toEqual(expect.arrayContaining([...seen.configs]))
      const touched = new Set(partitions.map(({ topic }) => topic.id))
      for (const topic of delta.image.topics) {
        const before = image.topics.byId(topic.id)
        if (before !== undefined && !touched.has(topic.id)) expect(topic).toBe(before)
        expect(delta.image.topics.byName(topic.name)).toBe(topic)
      }
      image = delta.image
      const count = [...image.topics].reduce((sum, topic) => sum + topic.partitions.length, 0)
      expect(image.topics.partitionCount).toBe(count)
      expect(image.topics.size).toBe([...image.topics].length)
    }
  })

  it('tells of a topic that was made anew under its name', () => {
    const before = fold(emptyImage, newTopic).image
    const config = { resourceType: 2, resourceName: 'orders', name: 'retention.ms', value: '5' }
    const withConfig = applyRecords(before, [metadataRecord('config', config)])
    const delta = fold(withConfig, [
      metadataRecord('removeTopic', { topicId: TOPIC_ID }),
      metadataRecord('topic', { name: 'orders', topicId: OTHER_ID }),
      partition(OTHER_ID, 0),
    ])
    expect(plainDelta(delta)).toEqual({
      created: [OTHER_ID],
      removed: [TOPIC_ID],
      partitions: [`${OTHER_ID}-0 false`],
      brokers: [],
      controllers: [],
      configs: ['2:orders'],
    })
    expect(delta.image.configs.ofTopic('orders').size).toBe(0)
    expect(delta.image.topics.byName('orders')?.id).toBe(OTHER_ID)
    expect(delta.image.topics.byId(TOPIC_ID)).toBeUndefined()
  })

  it('says nothing of a topic that came and went in one batch', () => {
    const removal = metadataRecord('removeTopic', { topicId: TOPIC_ID })
    const { image, topics } = fold(emptyImage, [...newTopic, removal])
    expect(topics).toEqual({ created: [], removed: [], partitions: [] })
    expect(twinOf(image)).toEqual(emptyTwin())
  })

  it('raises the leader epoch only when a leader is named, be it the same one', () => {
    const image = fold(emptyImage, newTopic).image
    const change = (draft: object): [number, number] => {
      const record = metadataRecord('partitionChange', {
        topicId: TOPIC_ID,
        partitionId: 1,
        ...draft,
      })
      const after = applyRecords(image, [record]).topics.partition(TOPIC_ID, 1)
      return [after?.leaderEpoch ?? -1, after?.partitionEpoch ?? -1]
    }
    expect(change({ isr: [1] })).toEqual([0, 1])
    expect(change({ leader: 1 })).toEqual([1, 1])
    expect(change({ leader: -1 })).toEqual([1, 1])
  })
})

describe('records that contradict the image', () => {
  const base = fold(emptyImage, newTopic).image
  const registered = metadataRecord('registerBroker', {
    brokerId: 1,
    incarnationId: OTHER_ID,
    brokerEpoch: 7,
    endPoints: [],
    features: [],
    rack: null,
  })

  it.each<[string, MetadataRecord[], RegExp]>([
    [
      'a second topic of a name',
      [metadataRecord('topic', { name: 'orders', topicId: OTHER_ID })],
      /it exists with id/,
    ],
    ['a partition of no topic', [partition(OTHER_ID, 0)], /no such topic/],
    ['a gap between partitions', [partition(TOPIC_ID, 3)], /partition 2 is missing/],
    [
      'a change of no partition',
      [metadataRecord('partitionChange', { topicId: TOPIC_ID, partitionId: 2 })],
      /orders-2: no such partition/,
    ],
    [
      'a change of a removed topic',
      [metadataRecord('removeTopic', { topicId: TOPIC_ID }), partition(TOPIC_ID, 0)],
      /no such topic/,
    ],
    [
      'a removal of no topic',
      [metadataRecord('removeTopic', { topicId: OTHER_ID })],
      /no such topic/,
    ],
    ['an ELR of no topic', [metadataRecord('clearElr', { topicName: 'x' })], /no such topic/],
    [
      'directories for other replicas',
      [
        metadataRecord('partitionChange', {
          topicId: TOPIC_ID,
          partitionId: 0,
          replicas: [1, 2],
          directories: [OTHER_ID],
        }),
      ],
      /1 log directories for 2 replicas/,
    ],
    [
      'a change of no broker',
      [metadataRecord('brokerRegistrationChange', { brokerId: 2, brokerEpoch: 7 })],
      /not registered/,
    ],
    [
      'a change of another incarnation',
      [registered, metadataRecord('brokerRegistrationChange', { brokerId: 1, brokerEpoch: 8 })],
      /its epoch is 7, not 8/,
    ],
    [
      'a removal of no ACL',
      [metadataRecord('removeAccessControlEntry', { id: OTHER_ID })],
      /no such ACL/,
    ],
  ])('%s', (_, records, message) => {
    const before = twinOf(base)
    expect(() => applyRecords(base, records)).toThrow(
      expect.objectContaining({
        code: 'INCONSISTENT_RECORD',
        message: expect.stringMatching(message),
      }),
    )
    expect(() => applyRecords(base, records)).toThrow(MetadataError)
    expect(twinOf(base)).toEqual(before)
  })
})

describe('lookups', () => {
  const image = applyRecords(emptyImage, [
    ...[3, 1, 2].map((brokerId) =>
      metadataRecord('registerBroker', {
        brokerId,
        incarnationId: OTHER_ID,
        brokerEpoch: brokerId,
        endPoints: [],
        features: [],
        rack: null,
        fenced: brokerId === 2,
        inControlledShutdown: brokerId === 3,
      }),
    ),
    metadataRecord('clientQuota', {
      entity: [
        { entityType: 'user', entityName: 'ada' },
        { entityType: 'client-id', entityName: null },
      ],
      key: 'producer_byte_rate',
      value: 5,
      remove: false,
    }),
    ...['', '1'].map((resourceName) =>
      metadataRecord('config', {
        resourceType: 4,
        resourceName,
        name: 'a',
        value: `b${resourceName}`,
      }),
    ),
  ])

  it('tells alive brokers from fenced ones and from those that leave', () => {
    expect(image.cluster.aliveBrokers().map(({ id }) => id)).toEqual([1, 3])
    expect([1, 2, 3, 4].map((id) => image.cluster.isAlive(id))).toEqual([true, false, true, false])
    expect([1, 2, 3, 4].map((id) => image.cluster.isActive(id))).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it('finds a quota whatever the order of its entity', () => {
    const parts = [
      { entityType: 'client-id', entityName: null },
      { entityType: 'user', entityName: 'ada' },
    ]
    expect(image.clientQuotas.of(parts)?.values.get('producer_byte_rate')).toBe(5)
    expect(image.clientQuotas.of(parts.slice(1))).toBeUndefined()
  })

  it('gives configurations, empty ones for resources without', () => {
    expect(image.configs.ofBroker(1).get('a')).toBe('b1')
    expect(image.configs.ofDefaultBroker().get('a')).toBe('b')
    expect(image.configs.ofTopic('orders').size).toBe(0)
  })
})

describe('diffImages', () => {
  it.each(SEEDS.slice(0, 50))(
    'finds nothing between equal images, and all between others (seed %i)',
    (seed) => {
      const records = (source: RecordSource, count: number): MetadataRecord[] => {
        return Array.from({ length: count }, () => source.next())
      }
      const source = new RecordSource(new Prng(seed))
      const first = applyRecords(emptyImage, records(source, 80))
      const same = applyRecords(emptyImage, snapshotRecords(first))
      expect(plainDelta(diffImages(first, same))).toEqual(plainDelta(fold(first, [])))
      const all = fold(emptyImage, [...snapshotRecords(first)])
      expect(plainDelta(diffImages(emptyImage, first))).toEqual(plainDelta(all))
      expect(plainDelta(diffImages(first, emptyImage))).toMatchObject({
        removed: [...first.topics].map(({ id }) => id).sort(),
        partitions: [],
        brokers: [...first.cluster.brokers.keys()].sort(ascending),
        configs: [...first.configs.byKey.keys()].sort(),
      })
    },
  )
})
