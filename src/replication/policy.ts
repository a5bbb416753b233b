import type { LogConfig } from '../log/index.ts'
import type { ProduceRules } from '../records/index.ts'

/** The rules of the gateway that come from the topic's configuration alone. */
export type TopicProduceRules = Omit<ProduceRules, 'nowMs' | 'zstdAllowed'>

/** A topic's configuration as the rooms below need it. */
export interface TopicPolicy {
  /** Its `flushBeforeAck` is `flush.before.ack` with `auto` resolved. */
  readonly log: LogConfig
  readonly produceRules: TopicProduceRules
  readonly minInsyncReplicas: number
}
