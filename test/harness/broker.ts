/** A Kafka broker under test, whoever wrote it. */
export interface Broker {
  /** what it is, for the suite's output */
  readonly title: string
  /** host:port for clients */
  readonly bootstrap: string
  /** its log directory; undefined when it runs elsewhere */
  readonly logDir: string | undefined
  /** starts it on the same ports and directory as before; returns when it serves clients */
  start(): Promise<void>
  /** asks it to stop and waits; throws when it does not end well */
  stop(): Promise<void>
}

/** Kafka's configuration, key by key. */
export type Settings = Readonly<Record<string, string>>

/** What every broker under test is told: one node, quick groups. */
export const singleNodeSettings: Settings = {
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
}

/** A broker that somebody else started. */
export function foreignBroker(bootstrap: string): Broker {
  const cannot = (): Promise<never> =>
    Promise.reject(new Error(`broker ${bootstrap}: it was not started by this suite`))
  return {
    title: `broker at ${bootstrap}`,
    bootstrap,
    logDir: undefined,
    start: cannot,
    stop: () => Promise.resolve(),
  }
}
