import type { BrokerConfigName } from './broker/broker-configs.ts'
import type { BrokerSettings } from './broker-settings.ts'
import type { ConfigProblem } from './value.ts'

/** Values of a node's configuration that are fine by themselves and contradict each other. */
export function checkBrokerRelations(settings: BrokerSettings): ConfigProblem[] {
  return [
    ...checkIdentity(settings),
    ...checkTimes(settings),
    ...checkDurability(settings),
    ...checkLimits(settings),
  ]
}

function problem(key: BrokerConfigName, value: unknown, wanted: string): ConfigProblem {
  const text = String(value)
  return { key, value: text, message: `Cannot set ${key}: found '${text}', wanted ${wanted}` }
}

/** The first key must not exceed the second. */
function atMost(
  settings: BrokerSettings,
  low: BrokerConfigName,
  high: BrokerConfigName,
): ConfigProblem[] {
  const [a, b] = [settings.get(low) as number, settings.get(high) as number]
  return a <= b ? [] : [problem(low, a, `at most ${high}, which is ${b}`)]
}

function checkIdentity(settings: BrokerSettings): ConfigProblem[] {
  const nodeId = settings.get('node.id')
  const brokerId = settings.get('broker.id')
  if (nodeId === null || brokerId < 0 || brokerId === nodeId) return []
  return [problem('broker.id', brokerId, `the value of node.id, which is ${nodeId}`)]
}

function checkTimes(settings: BrokerSettings): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  for (const key of ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'] as const) {
    if (settings.get(key) === 0) problems.push(problem(key, 0, 'at least 1, or -1 for ever'))
  }
  for (const [key, min] of [
    ['log.roll.ms', 1],
    ['log.roll.jitter.ms', 0],
  ] as const) {
    const value = settings.get(key)
    if (value !== null && value < min) problems.push(problem(key, value, `at least ${min}`))
  }
  return [
    ...problems,
    ...atMost(settings, 'replica.fetch.wait.max.ms', 'replica.socket.timeout.ms'),
    ...atMost(settings, 'replica.fetch.wait.max.ms', 'replica.lag.time.max.ms'),
    ...atMost(settings, 'broker.heartbeat.interval.ms', 'broker.session.timeout.ms'),
    ...atMost(settings, 'group.min.session.timeout.ms', 'group.max.session.timeout.ms'),
    ...atMost(
      settings,
      'group.consumer.min.session.timeout.ms',
      'group.consumer.session.timeout.ms',
    ),
    ...atMost(
      settings,
      'group.consumer.session.timeout.ms',
      'group.consumer.max.session.timeout.ms',
    ),
    ...atMost(
      settings,
      'group.consumer.min.heartbeat.interval.ms',
      'group.consumer.heartbeat.interval.ms',
    ),
    ...atMost(
      settings,
      'group.consumer.heartbeat.interval.ms',
      'group.consumer.max.heartbeat.interval.ms',
    ),
  ]
}

/**
 * More in-sync replicas than replicas would refuse every write with acks=all. Only where both are
 * written down: topics are often created with other numbers than the defaults.
 */
function checkDurability(settings: BrokerSettings): ConfigProblem[] {
  const pairs = [
    ['min.insync.replicas', 'default.replication.factor'],
    ['transaction.state.log.min.isr', 'transaction.state.log.replication.factor'],
  ] as const
  return pairs.flatMap(([isr, factor]) => {
    return settings.isSet(isr) && settings.isSet(factor) ? atMost(settings, isr, factor) : []
  })
}

const CLEANER_BUFFER_MIN = 1024 * 1024

function checkLimits(settings: BrokerSettings): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const buffer = settings.get('log.cleaner.dedupe.buffer.size')
  const bufferMin = CLEANER_BUFFER_MIN * settings.get('log.cleaner.threads')
  if (buffer < bufferMin) {
    const key = 'log.cleaner.dedupe.buffer.size'
    problems.push(problem(key, buffer, `at least ${bufferMin}, 1 MiB for each cleaner thread`))
  }
  const queued = settings.get('queued.max.request.bytes')
  const requestMax = settings.get('socket.request.max.bytes')
  if (settings.isSet('queued.max.request.bytes') && queued > 0 && queued < requestMax) {
    const wanted = `at least socket.request.max.bytes, which is ${requestMax}`
    problems.push(problem('queued.max.request.bytes', queued, wanted))
  }
  const perIp = settings.get('max.connections.per.ip')
  if (perIp === 0 && settings.get('max.connections.per.ip.overrides') === '') {
    const wanted = 'at least 1 unless max.connections.per.ip.overrides allows some addresses'
    problems.push(problem('max.connections.per.ip', perIp, wanted))
  }
  return [
    ...problems,
    ...atMost(settings, 'log.cleaner.min.compaction.lag.ms', 'log.cleaner.max.compaction.lag.ms'),
  ]
}
