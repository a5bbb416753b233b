/** What lies in the log directories of a broker (KIP-113, KIP-827). */
import { DescribeLogDirsRequest, DescribeLogDirsResponse, errorName } from '../../protocol/index.ts'
import type { ClusterClient } from './cluster-client.ts'
import { checkError } from './errors.ts'
import { byTopic, comparePartitions } from './partitions.ts'
import type { TopicPartition } from './partitions.ts'

export interface LogDirReplica extends TopicPartition {
  readonly sizeBytes: number
  /** Records behind the high watermark. */
  readonly offsetLag: number
  /** The copy that a move between log directories is building. */
  readonly isFuture: boolean
}

export interface LogDir {
  readonly path: string
  /** Kafka's name of what is wrong with it; null: nothing. */
  readonly error: string | null
  /** Of the volume; null: the broker does not say. */
  readonly totalBytes: number | null
  readonly usableBytes: number | null
  readonly replicas: readonly LogDirReplica[]
}

/** @param partitions null: all */
export async function describeLogDirs(
  client: ClusterClient,
  brokerId: number,
  partitions: readonly TopicPartition[] | null = null,
): Promise<LogDir[]> {
  const node = await client.node(brokerId)
  const asked =
    partitions === null
      ? null
      : byTopic(partitions).map(({ topic, items }) => ({
          topic,
          partitions: items.map(({ partition }) => partition),
        }))
  const answer = await node.send(DescribeLogDirsRequest, DescribeLogDirsResponse, { topics: asked })
  checkError(answer.errorCode, `describe the log directories of broker ${brokerId}`)
  return answer.results.map(({ errorCode, logDir, topics, totalBytes, usableBytes }) => ({
    path: logDir,
    error: errorCode === 0 ? null : errorName(errorCode),
    totalBytes: totalBytes < 0 ? null : totalBytes,
    usableBytes: usableBytes < 0 ? null : usableBytes,
    replicas: topics
      .flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
          topic: name,
          partition: partitionIndex,
          sizeBytes: partitionSize,
          offsetLag,
          isFuture: isFutureKey,
        })),
      )
      .sort(comparePartitions),
  }))
}
