/** What a change of the metadata means for people: brokers that come and go, partitions that change their leader or lose it. */
import type { Telemetry } from '../io/index.ts'
import type { BrokerImage, MetadataDelta } from '../metadata/index.ts'

/** Of more partitions than this that change at once only the number is told. */
const NAMED_MAX = 20

/** Tells it to the log. For changes that happen while the node runs, not for those that it reads at its start. */
export function reportChange(delta: MetadataDelta, telemetry: Telemetry): void {
  for (const id of delta.cluster.brokers) {
    const before = delta.before.cluster.broker(id)
    const now = delta.image.cluster.broker(id)
    const what = changeOf(before, now)
    if (what === null) continue
    const level = what === 'fenced' ? 'warn' : 'info'
    telemetry.log(level, `broker.${what}`, `Broker ${id} is ${what}`, { broker: id })
  }
  reportLeaders(delta, telemetry)
}

function changeOf(before: BrokerImage | undefined, now: BrokerImage | undefined): string | null {
  if (now === undefined) return 'unregistered'
  if (before?.incarnationId !== now.incarnationId) return 'registered'
  if (before.fenced !== now.fenced) return now.fenced ? 'fenced' : 'unfenced'
  if (!before.inControlledShutdown && now.inControlledShutdown) return 'leaving'
  return null
}

function reportLeaders({ topics, cluster }: MetadataDelta, telemetry: Telemetry): void {
  // A topic's own creation is no news, and neither is its end.
  const moved = topics.partitions.filter(
    ({ partition, before }) => before !== undefined && before.leader !== partition.leader,
  )
  if (moved.length > NAMED_MAX) {
    const offline = moved.filter(({ partition }) => partition.leader < 0).length
    const why = cluster.brokers.length === 0 ? '' : ` with broker ${cluster.brokers.join(', ')}`
    const message = `${moved.length} partitions changed their leader${why}; ${offline} have none now`
    const level = offline > 0 ? 'warn' : 'info'
    telemetry.log(level, 'partition.leaders', message, { partitions: moved.length, offline })
    return
  }
  for (const { topic, partition, before } of moved) {
    const name = `${topic.name}-${partition.index}`
    const { leader, leaderEpoch } = partition
    const fields = { partition: name, leader, epoch: leaderEpoch, before: before?.leader ?? -1 }
    if (leader >= 0) {
      telemetry.log('info', 'partition.leader', `Broker ${leader} leads ${name} now`, fields)
    } else {
      telemetry.log('warn', 'partition.offline', `${name} has no leader any more`, fields)
    }
  }
}
