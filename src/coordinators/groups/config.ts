/** Settings of the group coordinator, with Kafka's defaults (org.apache.kafka.coordinator.group.GroupCoordinatorConfig). */
export interface GroupConfig {
  /** `group.min.session.timeout.ms` */
  readonly sessionTimeoutMsMin: number
  /** `group.max.session.timeout.ms` */
  readonly sessionTimeoutMsMax: number
  /** `group.initial.rebalance.delay.ms`: how long an empty group waits for more members before its first rebalance. */
  readonly initialRebalanceDelayMs: number
  /** `group.max.size` */
  readonly groupSizeMax: number
  /** `offset.metadata.max.bytes`; like Kafka's, counted in UTF-16 code units. */
  readonly offsetMetadataLengthMax: number
  /** `offsets.retention.minutes`, in milliseconds. */
  readonly offsetsRetentionMs: number
  /** `offsets.retention.check.interval.ms` */
  readonly offsetsRetentionCheckIntervalMs: number
}

export const defaultGroupConfig: GroupConfig = {
  sessionTimeoutMsMin: 6_000,
  sessionTimeoutMsMax: 1_800_000,
  initialRebalanceDelayMs: 3_000,
  groupSizeMax: 2 ** 31 - 1,
  offsetMetadataLengthMax: 4_096,
  offsetsRetentionMs: 7 * 24 * 60 * 60_000,
  offsetsRetentionCheckIntervalMs: 600_000,
}

/** How long the JoinGroup of a new member may be parked before the member counts as gone. Not configurable in Kafka. */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000
