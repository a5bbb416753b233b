import type { GroupConfig } from '../coordinators/groups/index.ts'
import type { BrokerSettings } from '../metadata/index.ts'

/** The group coordinator's settings out of Kafka's keys. */
export function groupConfig(settings: BrokerSettings): GroupConfig {
  return {
    sessionTimeoutMsMin: settings.get('group.min.session.timeout.ms'),
    sessionTimeoutMsMax: settings.get('group.max.session.timeout.ms'),
    initialRebalanceDelayMs: settings.get('group.initial.rebalance.delay.ms'),
    groupSizeMax: settings.get('group.max.size'),
    offsetMetadataLengthMax: settings.get('offset.metadata.max.bytes'),
    offsetsRetentionMs: settings.get('offsets.retention.minutes') * 60_000,
    offsetsRetentionCheckIntervalMs: settings.get('offsets.retention.check.interval.ms'),
  }
}
