/**
 * DescribeLogDirs (35): what lies where, and how much room is left (KIP-113, KIP-827).
 */
import {
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
  errorCodes,
} from '../../protocol/index.ts'
import { DiskError } from '../../io/index.ts'
import { LogError } from '../../log/index.ts'
import type { LogDirStatus, PartitionLog } from '../../log/index.ts'
import type { Draft } from '../../wire/index.ts'
import type { Broker } from '../services.ts'
import { defineHandler } from '../handler.ts'

type DirAnswer = Draft<typeof DescribeLogDirsResponse>['results'][number]
type PartitionAnswer = DirAnswer['topics'][number]['partitions'][number]

export const describeLogDirs = defineHandler(DescribeLogDirsRequest, DescribeLogDirsResponse, {
  async handle(broker, { topics }) {
    const asked =
      topics === null ? null : new Map(topics.map((t) => [t.topic, new Set(t.partitions)]))
    const byDir = new Map<string, Map<string, PartitionLog[]>>()
    for (const log of broker.logs.list()) {
      if (asked !== null && asked.get(log.topic)?.has(log.partition) !== true) continue
      const dir = byDir.get(log.logDir) ?? new Map<string, PartitionLog[]>()
      byDir.set(log.logDir, dir)
      const ofTopic = dir.get(log.topic) ?? []
      dir.set(log.topic, ofTopic)
      ofTopic.push(log)
    }
    const results: DirAnswer[] = []
    for (const dir of broker.logs.dirs)
      results.push(await describe(broker, dir, byDir.get(dir.path) ?? new Map()))
    return { errorCode: 0, results }
  },
})

async function describe(
  broker: Broker,
  dir: LogDirStatus,
  logs: ReadonlyMap<string, PartitionLog[]>,
): Promise<DirAnswer> {
  const topics: Array<DirAnswer['topics'][number]> = []
  for (const [name, partitions] of logs) {
    const answers: PartitionAnswer[] = []
    for (const log of partitions) {
      const sizeBytes = await sizeOf(log)
      if (sizeBytes !== null) answers.push(partitionAnswer(log.partition, sizeBytes))
    }
    if (answers.length > 0) topics.push({ name, partitions: answers })
  }
  if (dir.failure !== null) {
    return { errorCode: errorCodes.KAFKA_STORAGE_ERROR, logDir: dir.path, topics: [] }
  }
  return { errorCode: 0, logDir: dir.path, topics, ...roomOf(broker, dir) }
}

/** Null: the log was deleted meanwhile, or its dir has failed. One that was never used is loaded, off the loop. */
async function sizeOf(log: PartitionLog): Promise<number | null> {
  try {
    if (!log.loaded) await log.load()
    return log.sizeBytes
  } catch (error) {
    if (error instanceof LogError) return null
    throw error
  }
}

function partitionAnswer(partitionIndex: number, partitionSize: number): PartitionAnswer {
  // The lag is that of a follower behind its leader; this node leads what it has.
  return { partitionIndex, partitionSize, offsetLag: 0, isFutureKey: false }
}

function roomOf(broker: Broker, dir: LogDirStatus): { totalBytes: number; usableBytes: number } {
  try {
    const { totalBytes, freeBytes } = broker.io.disk.space(dir.path)
    return { totalBytes, usableBytes: freeBytes }
  } catch (error) {
    if (error instanceof DiskError) return { totalBytes: -1, usableBytes: -1 }
    throw error
  }
}
