/** Reading and changing the configuration of topics and brokers. */
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/index.ts'
import type { NodeConnection } from '../../rpc/index.ts'
import type { Decoded } from '../../wire/index.ts'
import { UsageError } from '../failure.ts'
import type { ClusterClient } from './cluster-client.ts'
import { checkError } from './errors.ts'

const resourceTypes = { topic: 2, broker: 4 } as const
export type ConfigKind = keyof typeof resourceTypes

export interface ConfigTarget {
  readonly kind: ConfigKind
  /** Of a broker: its id, or empty for what all brokers share. */
  readonly name: string
}

/** What people call the configuration that all brokers share. */
const ALL_BROKERS = 'default'

/** Throws UsageError. */
export function configTarget(kind: ConfigKind, name: string): ConfigTarget {
  if (kind === 'topic') return { kind, name }
  if (name === ALL_BROKERS) return { kind, name: '' }
  if (/^\d{1,10}$/.test(name)) return { kind, name }
  throw new UsageError(`Cannot configure broker '${name}': wanted its id, or '${ALL_BROKERS}'`)
}

export function targetText({ kind, name }: ConfigTarget): string {
  if (kind === 'topic') return `topic '${name}'`
  return name === '' ? 'all brokers' : `broker ${name}`
}

type ConfigEntry = Decoded<typeof DescribeConfigsResponse>['results'][number]['configs'][number]

const SOURCES: Readonly<Record<number, string>> = {
  1: 'topic',
  2: 'broker',
  3: 'all brokers',
  4: 'file',
  5: 'default',
  6: 'logger',
  7: 'client metrics',
  8: 'group',
}
/** Of a value that nobody has set. */
const DEFAULT_SOURCE = 5

export interface ConfigValue {
  readonly name: string
  /** Null: unset, or secret. */
  readonly value: string | null
  readonly source: string
  readonly isDefault: boolean
  readonly isSensitive: boolean
  readonly readOnly: boolean
  readonly documentation: string | null
}

interface DescribeOptions {
  /** Null: all. */
  readonly keys: readonly string[] | null
  readonly documentation: boolean
}

/** By name. Throws KafkaError. */
export async function describeConfigs(
  client: ClusterClient,
  target: ConfigTarget,
  documentation = false,
): Promise<ConfigValue[]> {
  const node = await nodeFor(client, target)
  const [values] = await describeAt(node, [target], { keys: null, documentation })
  return values ?? []
}

/** Of several topics at once, by topic. Throws KafkaError. */
export async function describeTopicConfigs(
  client: ClusterClient,
  topics: readonly string[],
  keys: readonly string[] | null,
): Promise<Map<string, ConfigValue[]>> {
  if (topics.length === 0) return new Map()
  const targets = topics.map((name) => ({ kind: 'topic', name }) as const)
  const values = await describeAt(await client.any(), targets, { keys, documentation: false })
  return new Map(topics.map((name, index) => [name, values[index] ?? []]))
}

const MIN_ISR = 'min.insync.replicas'

/** What `min.insync.replicas` is in force for each topic. */
export async function minInsyncReplicas(
  client: ClusterClient,
  topics: readonly string[],
): Promise<Map<string, number>> {
  const configs = await describeTopicConfigs(client, topics, [MIN_ISR])
  return new Map([...configs].map(([topic, values]) => [topic, Number(values[0]?.value ?? 1)]))
}

/** The configuration of each target, in their order. */
async function describeAt(
  node: NodeConnection,
  targets: readonly ConfigTarget[],
  { keys, documentation }: DescribeOptions,
): Promise<ConfigValue[][]> {
  const { results } = await node.send(DescribeConfigsRequest, DescribeConfigsResponse, {
    resources: targets.map(({ kind, name }) => ({
      resourceType: resourceTypes[kind],
      resourceName: name,
      configurationKeys: keys === null ? null : [...keys],
    })),
    includeSynonyms: false,
    includeDocumentation: documentation,
  })
  return targets.map((target) => {
    const result = results.find(
      ({ resourceType, resourceName }) =>
        resourceType === resourceTypes[target.kind] && resourceName === target.name,
    )
    const action = `describe the configuration of ${targetText(target)}`
    checkError(result?.errorCode ?? -1, action, result?.errorMessage)
    return (result?.configs ?? []).map(valueOf).sort((a, b) => (a.name < b.name ? -1 : 1))
  })
}

function valueOf(entry: ConfigEntry): ConfigValue {
  const { name, value, configSource, isSensitive, readOnly, documentation } = entry
  const source = SOURCES[configSource] ?? String(configSource)
  const isDefault = configSource === DEFAULT_SOURCE
  return { name, value, source, isDefault, isSensitive, readOnly, documentation }
}

/** A broker is asked itself: only it knows its file. */
function nodeFor(client: ClusterClient, { kind, name }: ConfigTarget): Promise<NodeConnection> {
  return kind === 'broker' && name !== '' ? client.node(Number(name)) : client.any()
}

export interface ConfigChange {
  readonly name: string
  /** Null: back to the default. */
  readonly value: string | null
}

export interface TargetChanges {
  readonly target: ConfigTarget
  readonly changes: readonly ConfigChange[]
}

const SET = 0
const DELETE = 1

/** Changes single values and leaves the others. Throws KafkaError. */
export async function alterConfigs(
  client: ClusterClient,
  target: ConfigTarget,
  changes: readonly ConfigChange[],
  validateOnly: boolean,
): Promise<void> {
  const isOneBroker = target.kind === 'broker' && target.name !== ''
  const node = isOneBroker ? await client.node(Number(target.name)) : await client.controller()
  await alterAt(node, [{ target, changes }], validateOnly)
}

/** The same for several topics at once. Throws KafkaError for the first that fails. */
export async function alterTopicConfigs(
  client: ClusterClient,
  changes: readonly TargetChanges[],
): Promise<void> {
  if (changes.length > 0) await alterAt(await client.controller(), changes, false)
}

async function alterAt(
  node: NodeConnection,
  altered: readonly TargetChanges[],
  validateOnly: boolean,
): Promise<void> {
  const { responses } = await node.send(
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    {
      resources: altered.map(({ target, changes }) => ({
        resourceType: resourceTypes[target.kind],
        resourceName: target.name,
        configs: changes.map(({ name, value }) => ({
          name,
          configOperation: value === null ? DELETE : SET,
          value,
        })),
      })),
      validateOnly,
    },
  )
  for (const { target } of altered) {
    const response = responses.find(
      ({ resourceType, resourceName }) =>
        resourceType === resourceTypes[target.kind] && resourceName === target.name,
    )
    const action = `configure ${targetText(target)}`
    checkError(response?.errorCode ?? -1, action, response?.errorMessage)
  }
}
