import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { randomUuid } from '../base/index.ts'
import { DiskError, nodeIo } from '../io/index.ts'
import { LOG_CONFIG_DEFAULTS, LogManager } from '../log/index.ts'
import { applyRecords, BrokerSettings, metadataRecord, MetadataLoader } from '../metadata/index.ts'
import type { MetadataDelta, MetadataImage, TopicImage } from '../metadata/index.ts'
import type { CheckedBatch } from '../records/index.ts'
import { buildBatch, readBatchHeader } from '../records/index.ts'
import { policyWith } from './cluster.conformance.ts'
import { Partitions } from './partitions.ts'

const io = nodeIo({ telemetry: { level: 'error' } })
const cleanups: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** One topic of one partition on a disk that breaks on demand. */
async function setup() {
  const path = mkdtempSync(join(tmpdir(), 'highwater-partitions-'))
  const disk = { isBroken: false }
  const logs = await LogManager.open(
    {
      ...io,
      disk: {
        ...io.disk,
        rename: (from, to) => {
          if (disk.isBroken) throw new DiskError('IO', 'rename', from)
          io.disk.rename(from, to)
        },
      },
    },
    { dirs: [path], clusterId: 'c', nodeId: 1, format: true, configOf: () => LOG_CONFIG_DEFAULTS },
  )
  cleanups.push(async () => {
    await logs.close()
    rmSync(path, { recursive: true })
  })
  const topicId = randomUuid((size) => io.entropy.randomBytes(size))
  const image = applyRecords(new MetadataLoader().image, [
    metadataRecord('topic', { name: 't', topicId }),
    metadataRecord('partition', {
      topicId,
      partitionId: 0,
      replicas: [1],
      isr: [1],
      addingReplicas: [],
      removingReplicas: [],
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 0,
    }),
  ])
  const policy = policyWith({}, 1)
  const nobody = (): Promise<never> => Promise.reject(new Error('There is nobody else'))
  const settings = new BrokerSettings(new Map())
  const partitions = new Partitions({
    nodeId: 1,
    logs,
    clock: io.clock,
    telemetry: io.telemetry,
    policyOf: () => policy,
    image: () => image,
    settings: () => settings,
    brokerEpoch: () => 1,
    alterPartition: nobody,
    assignReplicasToDirs: nobody,
    connectTo: nobody,
  })
  const topic = image.topics.byName('t') as TopicImage
  return { disk, logs, image, topic, partitions }
}

function deltaOf(image: MetadataImage, removed: TopicImage[]): MetadataDelta {
  return {
    before: image,
    image,
    topics: { created: [], removed, partitions: [] },
    cluster: { brokers: [], controllers: [] },
    configs: [{ type: 2, name: 't' }],
  }
}

function batchOf(value: string): CheckedBatch {
  const buffer = buildBatch([{ key: null, value: Buffer.from(value), timestampMs: 1 }], {})
  return { buffer, header: readBatchHeader(buffer, 0) }
}

test('metadata goes on where a log dir does not: a change and a deletion after its failure', async () => {
  const { disk, image, topic, partitions, logs } = await setup()
  const partition = partitions.get(topic, topic.partitions[0]!)
  partition.append(batchOf('a'), -1)
  disk.isBroken = true
  partitions.apply(deltaOf(image, [topic]))
  expect(logs.dirs[0]?.failure).not.toBeNull()
  expect(partition.isUsable).toBe(false)
})

test('a partition whose log dir has failed is left as it is', async () => {
  const { disk, image, topic, partitions, logs } = await setup()
  const partition = partitions.get(topic, topic.partitions[0]!)
  partition.append(batchOf('a'), -1)
  const other = logs.create(
    'other',
    0,
    randomUuid((size) => io.entropy.randomBytes(size)),
    LOG_CONFIG_DEFAULTS,
  )
  disk.isBroken = true
  expect(() => logs.delete(other.topic, 0)).toThrow()
  expect(partition.isUsable).toBe(false)
  partitions.apply(deltaOf(image, []))
  expect(partition.leaderEpoch).toBe(0)
})
