/**
 * Holding back the copies of a reassignment, with the configuration that Kafka's own tool sets (KIP-73): on topics, which replicas are held
 * back when they send and when they receive; on brokers, to how many bytes per second.
 */
import {
  alterConfigs,
  alterTopicConfigs,
  describeConfigs,
  describeTopicConfigs,
} from './configs.ts'
import type { ConfigTarget, TargetChanges } from './configs.ts'
import type { ClusterClient } from './cluster-client.ts'
import { byTopic } from './partitions.ts'
import type { TopicPartition } from './partitions.ts'
import type { Reassignment } from './reassignments.ts'

const TOPIC_KEYS = [
  'leader.replication.throttled.replicas',
  'follower.replication.throttled.replicas',
] as const
const BROKER_KEYS = [
  'leader.replication.throttled.rate',
  'follower.replication.throttled.rate',
] as const

/** Where data is copied from and to. */
export interface Copy extends TopicPartition {
  readonly sources: readonly number[]
  readonly targets: readonly number[]
}

export function copyOf({ topic, partition, replicas, adding }: Reassignment): Copy {
  const sources = replicas.filter((id) => !adding.includes(id))
  return { topic, partition, sources, targets: adding }
}

/** Throws KafkaError. */
export async function setThrottle(
  client: ClusterClient,
  copies: readonly Copy[],
  bytesPerSecond: number,
): Promise<void> {
  await alterTopicConfigs(client, throttledReplicas(copies))
  const { brokers } = await client.metadata([])
  const involved = new Set(copies.flatMap(({ sources, targets }) => [...sources, ...targets]))
  const value = String(bytesPerSecond)
  // One that is down neither sends nor receives.
  for (const { nodeId } of brokers.filter((broker) => involved.has(broker.nodeId))) {
    const changes = BROKER_KEYS.map((name) => ({ name, value }))
    await alterConfigs(client, brokerTarget(nodeId), changes, false)
  }
}

/** What is to be set on each topic. */
export function throttledReplicas(copies: readonly Copy[]): TargetChanges[] {
  const pairs = ({ partition }: Copy, ids: readonly number[]): string[] =>
    ids.map((id) => `${partition}:${id}`)
  return byTopic(copies).map(({ topic, items }) => {
    const sending = items.flatMap((copy) => pairs(copy, copy.sources)).join(',')
    const receiving = items.flatMap((copy) => pairs(copy, copy.targets)).join(',')
    const [leader, follower] = TOPIC_KEYS
    return {
      target: { kind: 'topic', name: topic },
      changes: [
        { name: leader, value: sending },
        { name: follower, value: receiving },
      ],
    }
  })
}

/** Who is held back. */
export interface Throttles {
  readonly topics: readonly string[]
  readonly brokers: readonly number[]
}

export function hasThrottles({ topics, brokers }: Throttles): boolean {
  return topics.length > 0 || brokers.length > 0
}

/** What is set, whoever has set it. */
export async function findThrottles(client: ClusterClient): Promise<Throttles> {
  const { topics, brokers } = await client.metadata(null)
  const names = topics.map(({ name }) => name ?? '')
  const configs = await describeTopicConfigs(client, names, TOPIC_KEYS)
  const throttled = names.filter((name) =>
    configs.get(name)?.some(({ source, value }) => source === 'topic' && value !== ''),
  )
  const rates = await Promise.all(
    brokers.map(async ({ nodeId }) => {
      const values = await describeConfigs(client, brokerTarget(nodeId))
      const isSet = values.some(
        ({ name, source }) => BROKER_KEYS.some((key) => key === name) && source === 'broker',
      )
      return isSet ? [nodeId] : []
    }),
  )
  return { topics: throttled, brokers: rates.flat() }
}

/** Takes away all that {@link findThrottles} finds, and tells what that was. Throws KafkaError. */
export async function clearThrottles(client: ClusterClient): Promise<Throttles> {
  const throttles = await findThrottles(client)
  const unset = (keys: readonly string[]): TargetChanges['changes'] =>
    keys.map((name) => ({ name, value: null }))
  await alterTopicConfigs(
    client,
    throttles.topics.map((name) => ({
      target: { kind: 'topic', name },
      changes: unset(TOPIC_KEYS),
    })),
  )
  for (const id of throttles.brokers)
    await alterConfigs(client, brokerTarget(id), unset(BROKER_KEYS), false)
  return throttles
}

function brokerTarget(id: number): ConfigTarget {
  return { kind: 'broker', name: String(id) }
}
