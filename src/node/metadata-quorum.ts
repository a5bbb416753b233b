import type { Io } from '../io/index.ts'
import type { LogManager } from '../log/index.ts'
import { openMetadataLog, Quorum } from '../quorum/index.ts'
import type { Identity } from './identity.ts'
import type { Leadership } from './leadership.ts'
import type { MetadataFollower } from './metadata-follower.ts'
import type { NodeConfig } from './node-config.ts'

export interface StartQuorumOptions {
  readonly config: NodeConfig
  readonly identity: Identity
  readonly logs: LogManager
  readonly metadata: MetadataFollower
  readonly leadership: Leadership
  onFailure(error: Error): void
}

/** Opens the metadata log; a sole voter leads when this resolves. Rejects with QuorumError, LogError. */
export function startQuorum(io: Io, options: StartQuorumOptions): Promise<Quorum> {
  const { config, identity, logs, metadata, leadership } = options
  const { settings } = config
  const directoryId = logs.dirs.find(({ path }) => path === config.metadataLogDir)?.directoryId
  const log = openMetadataLog(logs, config.metadataLogDir, {
    segmentBytes: settings.get('metadata.log.segment.bytes'),
    segmentMs: settings.get('metadata.log.segment.ms'),
  })
  const [listenerName] = config.listeners.controllerNames
  return Quorum.start(io, log, metadata, {
    ...identity,
    directoryId: directoryId ?? '',
    staticVoters: config.staticVoters,
    endpoints: config.controllerEndpoints,
    canVote: config.isController,
    bootstrapServers: config.bootstrapServers,
    autoJoin: settings.get('controller.quorum.auto.join.enable'),
    fetchBytesMax: settings.get('controller.quorum.fetch.max.bytes'),
    snapshotBytesMax: settings.get('controller.quorum.fetch.snapshot.max.bytes'),
    ...(listenerName === undefined ? {} : { listenerName }),
    timings: {
      electionTimeoutMs: settings.get('controller.quorum.election.timeout.ms'),
      fetchTimeoutMs: settings.get('controller.quorum.fetch.timeout.ms'),
      electionBackoffMaxMs: settings.get('controller.quorum.election.backoff.max.ms'),
      requestTimeoutMs: settings.get('controller.quorum.request.timeout.ms'),
      retryBackoffMs: settings.get('controller.quorum.retry.backoff.ms'),
    },
    retention: {
      snapshotAfterBytes: settings.get('metadata.log.max.record.bytes.between.snapshots'),
      retainedBytes: settings.get('metadata.max.retention.bytes'),
    },
    onLeaderChange: (change) => leadership.changed(change),
    onFailure: (error) => options.onFailure(error),
  })
}
