import type { Clock, LogFields, LogLevel, Telemetry } from '../io/index.ts'

/** Something that people want to know after an incident. */
export interface NodeEvent {
  /** Counts from 1 with each start of the node. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly level: LogLevel
  /** `isr.shrink`, `log.truncated` … */
  readonly event: string
  readonly message: string
  readonly fields: LogFields
}

/** Kept in memory, the newest ones. */
const KEPT = 1_000

/** Elections, changes of in-sync sets, fencing, truncations, unclean starts, failed directories: whatever changes what is promised, or to whom. */
const NOTABLE =
  /^(broker\.|controller\.(active|resigned)$|isr\.(expand|shrink)$|log\.(cut|damaged|dir\.failed|rebuilt|truncated)$|partition\.|quorum\.(leader|failed|truncated)$|disk\.)/

/** The latest notable lines of a node's log, for whoever asks the node itself. */
export class EventLog {
  readonly #clock: Clock
  readonly #events: NodeEvent[] = []
  #count = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `telemetry`, with its notable lines kept here. */
  over(telemetry: Telemetry): Telemetry {
    return {
      metrics: telemetry.metrics,
      log: (level, event, message, fields = {}) => {
        telemetry.log(level, event, message, fields)
        if (!NOTABLE.test(event)) return
        const atMs = this.#clock.wallMs()
        this.#events.push({ number: ++this.#count, atMs, level, event, message, fields })
        if (this.#events.length > KEPT) this.#events.shift()
      },
    }
  }

  /** Oldest first; those after the event of that number. */
  since(number: number): NodeEvent[] {
    return this.#events.filter((event) => event.number > number)
  }
}
