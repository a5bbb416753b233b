import type { Io } from '../io/index.ts'
import { LogManager } from '../log/index.ts'
import type { Identity } from './identity.ts'
import type { MetadataFollower } from './metadata-follower.ts'
import type { NodeConfig } from './node-config.ts'
import type { TopicPolicies } from './topic-policies.ts'

export interface OpenLogsOptions {
  readonly config: NodeConfig
  readonly identity: Identity
  readonly metadata: MetadataFollower
  readonly policies: TopicPolicies
  /** One dir is offline; others go on. */
  onDirFailure(): void
  /** None is left, or the one with the metadata log is gone. */
  onFailure(error: Error): void
}

/** Locks and reads the log dirs. Rejects with LogError. */
export function openLogs(io: Io, options: OpenLogsOptions): Promise<LogManager> {
  const { config, identity, metadata, policies } = options
  const alone = { replicas: [identity.nodeId] }
  const failed = new Set<string>()
  return LogManager.open(io, {
    dirs: [...new Set([...config.logDirs, config.metadataLogDir])],
    ...identity,
    format: false,
    configOf: (topic) => {
      const partition = metadata.image.topics.byName(topic)?.partitions[0] ?? alone
      return policies.of(metadata.image, metadata.settings, topic, partition).log
    },
    retentionCheckIntervalMs: config.settings.get('log.retention.check.interval.ms'),
    producerExpirationMs: config.settings.get('producer.id.expiration.ms'),
    highWatermarkIntervalMs: config.settings.get('replica.high.watermark.checkpoint.interval.ms'),
    onDirFailure: (dir, error) => {
      io.telemetry.log(
        'error',
        'log.dir.failed',
        `Log directory ${dir.path} failed and is offline: ${error.message}`,
      )
      failed.add(dir.path)
      const isEnd =
        dir.path === config.metadataLogDir || config.logDirs.every((path) => failed.has(path))
      if (isEnd) options.onFailure(error)
      else options.onDirFailure()
    },
  })
}
