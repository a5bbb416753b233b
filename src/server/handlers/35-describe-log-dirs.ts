/**
 * DescribeLogDirs (35): what lies where, and how much room is left (KIP-113, KIP-827).
 */
import {
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
  errorCodes,
} from '../../protocol/index.ts'
import { DiskError } from '../../io/index.ts'
import type { LogDirStatus, PartitionLog } from '../../log/index.ts'
import type { Draft } from '../../wire/index.ts'
import type { Broker } from '../broker.ts'
import { defineHandler } from '../handler.ts'

type DirAnswer = Draft<typeof DescribeLogDirsResponse>['results'][number]

export const describeLogDirs = defineHandler(DescribeLogDirsRequest, DescribeLogDirsResponse, {
  handle(broker, { topics }) {
    const asked =
      topics === null ? null : new Map(topics.map((t) => [t.topic, new Set(t.partitions)]))
    const byDir = new Map<string, Map<string, PartitionLog[]>>()
    for (const log of broker.logs.list()) {
      if (asked !== null && asked.get(log.topic)?.has(log.partition) !== true) continue
      const dir = byDir.get(log.logDir) ?? new Map<string, PartitionLog[]>()
      byDir.set(log.logDir, dir.set(log.topic, [...(dir.get(log.topic) ?? []), log]))
    }
    return {
      errorCode: 0,
      results: broker.logs.dirs.map((dir) =>
        describe(broker, dir, byDir.get(dir.path) ?? new Map()),
      ),
    }
  },
})

function describe(
  broker: Broker,
  dir: LogDirStatus,
  logs: ReadonlyMap<string, PartitionLog[]>,
): DirAnswer {
  if (dir.failure !== null) {
    return { errorCode: errorCodes.KAFKA_STORAGE_ERROR, logDir: dir.path, topics: [] }
  }
  const topics = [...logs].map(([name, partitions]) => ({
    name,
    partitions: partitions.map((log) => ({
      partitionIndex: log.partition,
      partitionSize: log.sizeBytes,
      offsetLag: 0, // Of a follower behind its leader; this node leads what it has.
      isFutureKey: false,
    })),
  }))
  return { errorCode: 0, logDir: dir.path, topics, ...roomOf(broker, dir) }
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
