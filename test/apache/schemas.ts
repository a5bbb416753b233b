/**
 * Holds our schemas against Apache Kafka's own, which lie as JSON inside its jars: names, keys, versions, and for every field its
 * type, versions, nullability, tag, default and place.
 *
 *     node test/apache/schemas.ts DIRECTORY_OF_JARS
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { apis } from '../../src/protocol/index.ts'
import type { Field, Message, Shape, Type } from '../../src/wire/index.ts'
import { common, factLine, kafkaFacts, parseRange, readKafkaSchemas } from './kafka-schemas.ts'
import type { FieldFacts, KafkaSchema, KafkaSchemas, Range } from './kafka-schemas.ts'

type AnyMessage = Message<unknown, unknown>

export interface Comparison {
  /** Schemas held against their counterpart. */
  readonly compared: number
  /** Empty when all is well. */
  readonly differences: string[]
  /** Schemas in the jars that we have no use for yet. */
  readonly withoutCounterpart: string[]
}

/** Schemas whose last version came with 4.4: in the jars of an older release it is still missing. */
const LAST_VERSION_SINCE_4_4 = new Set([
  'ApiVersionsRequest',
  'ApiVersionsResponse',
  'DeleteGroupsRequest',
  'DeleteGroupsResponse',
  'StreamsGroupDescribeRequest',
  'StreamsGroupDescribeResponse',
  'StreamsGroupHeartbeatRequest',
  'StreamsGroupHeartbeatResponse',
  'TxnOffsetCommitRequest',
  'TxnOffsetCommitResponse',
])
const NEW_IN_4_4 = new Set([
  'StreamsGroupTopologyDescriptionUpdateRequest',
  'StreamsGroupTopologyDescriptionUpdateResponse',
  'UnregisterControllerRequest',
  'UnregisterControllerResponse',
  'UnregisterControllerRecord',
])
/** Fields that 4.4 gave another name, as `schema field` → the older name. */
const RENAMED_IN_4_4 = new Map([
  ['TxnOffsetCommitRequest generationIdOrMemberEpoch', 'generationId'],
  ['StreamsGroupHeartbeatResponse acceptableRecoveryLagLegacy', 'acceptableRecoveryLag'],
])

/**
 * Compares every schema under `src` with its counterpart in the jars.
 *
 * @param jarDir holds `kafka-clients-*.jar` and whatever other Kafka jars there are; each adds its schemas
 */
export async function compareSchemas(jarDir: string): Promise<Comparison> {
  return compareWith(readKafkaSchemas(jarDir), await collectMessages())
}

export function compareWith(
  kafka: KafkaSchemas,
  ours: ReadonlyMap<string, AnyMessage>,
): Comparison {
  const differences: string[] = []
  const withoutCounterpart: string[] = []
  const before44 = kafka.release.localeCompare('4.4', 'en', { numeric: true }) < 0
  let compared = 0
  for (const [name, schema] of kafka.schemas) {
    if (parseRange(schema.validVersions) === null) continue
    const message = ours.get(name)
    if (message !== undefined) {
      compared += 1
      for (const line of compareOne(schema, message, before44)) differences.push(`${name} ${line}`)
    } else if (schema.type === 'request' || schema.type === 'response') {
      differences.push(`${name}: we have no such message`)
    } else withoutCounterpart.push(name)
  }
  for (const name of ours.keys()) {
    if (!kafka.schemas.has(name) && !(before44 && NEW_IN_4_4.has(name))) {
      differences.push(`${name}: Kafka ${kafka.release} has no such schema in these jars`)
    }
  }
  return { compared, differences, withoutCounterpart }
}

function* compareOne(
  schema: KafkaSchema,
  message: AnyMessage,
  before44: boolean,
): Iterable<string> {
  const theirs = parseRange(schema.validVersions) as Range
  const ahead = before44 && LAST_VERSION_SINCE_4_4.has(schema.name) ? 1 : 0
  yield* compareFact(
    'versions',
    theirs.join('-'),
    [message.versions[0], message.versions[1] - ahead].join('-'),
  )
  yield* compareFact('key', schema.apiKey, message.key)
  yield* compareFlexible(parseRange(schema.flexibleVersions)?.[0], message.flexibleSince, theirs)
  if (schema.listeners !== undefined && schema.apiKey !== undefined) {
    const listeners = apis.get(schema.apiKey)?.listeners ?? []
    yield* compareFact('listeners', schema.listeners.toSorted().join(), listeners.toSorted().join())
  }
  const versions = common(theirs, message.versions)
  if (versions === null) return
  yield* compareFields(
    kafkaFacts(schema, versions),
    ourFacts(message.shape, versions).map((facts) => oldName(schema.name, facts, before44)),
  )
}

function* compareFact(what: string, theirs: unknown, ours: unknown): Iterable<string> {
  if (theirs !== ours) yield `${what}: Kafka has ${String(theirs)}, we have ${String(ours)}`
}

/** A schema that is never flexible and one that becomes so after its last version are the same. */
function compareFlexible(
  theirs = Infinity,
  ours = Infinity,
  [first, last]: Range,
): Iterable<string> {
  const effective = (since: number): number | undefined =>
    since > last ? undefined : Math.max(since, first)
  return compareFact('flexible since', effective(theirs), effective(ours))
}

function* compareFields(
  theirs: readonly FieldFacts[],
  ours: readonly FieldFacts[],
): Iterable<string> {
  const ourLines = new Map(ours.map((facts) => [facts.path, factLine(facts)]))
  for (const facts of theirs) {
    const line = factLine(facts)
    const ourLine = ourLines.get(facts.path)
    if (ourLine === undefined) yield `lacks ${line}`
    else if (ourLine !== line) yield `differs:\n    Kafka ${line}\n    ours  ${ourLine}`
    ourLines.delete(facts.path)
  }
  for (const line of ourLines.values()) yield `has what Kafka has not: ${line}`
  const order = (all: readonly FieldFacts[]): string =>
    all
      .filter(({ tag }) => tag === undefined)
      .map(({ path }) => path)
      .join(' ')
  if (order(theirs) !== order(ours)) yield 'has its fields in another order'
}

function oldName(schema: string, facts: FieldFacts, before44: boolean): FieldFacts {
  const path = before44 ? RENAMED_IN_4_4.get(`${schema} ${facts.path}`) : undefined
  return path === undefined ? facts : { ...facts, path }
}

function isField(entry: Type | Field): entry is Field {
  return 'options' in entry
}

/** The facts of all fields of `shape` that exist in `versions`, in wire order, depth first. */
function ourFacts(shape: Shape, versions: Range, prefix = ''): FieldFacts[] {
  const all: FieldFacts[] = []
  for (const [name, entry] of Object.entries(shape)) {
    const { type, options }: Field = isField(entry) ? entry : { type: entry, options: {} }
    const { since = 0, until = Infinity, tag, tagSince = since } = options
    const range = common([since, until], versions)
    if (range === null) continue
    const { nullableSince, element } = type
    all.push({
      path: prefix + name,
      type: element === undefined ? type.kind : `[]${element.kind}`,
      versions: range,
      nullable: nullableSince === undefined ? null : common([nullableSince, Infinity], range),
      tag,
      taggedSince: tag === undefined ? undefined : Math.max(tagSince, range[0]),
      default: ourDefault({ type, options }),
      keepsOldEncoding: options.flexible === false,
    })
    const inner = (element ?? type).fields
    if (inner !== undefined) all.push(...ourFacts(inner, range, `${prefix}${name}.`))
  }
  return all
}

function ourDefault({ type, options }: Field): string {
  const value = options.default === undefined ? type.initial : options.default
  if (type.kind === 'records') return ''
  if (type.kind === 'struct' && type.nullableSince === undefined) return ''
  if (value === null || value === true) return String(value)
  if (typeof value === 'number') return value === 0 ? '' : String(value)
  return typeof value === 'string' && type.kind === 'string' ? value : ''
}

/** Every message that a file under `src` exports, by name, so that a new room's schemas cannot be forgotten. */
export async function collectMessages(): Promise<ReadonlyMap<string, AnyMessage>> {
  const messages = new Map<string, AnyMessage>()
  const root = join(import.meta.dirname, '../../src')
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
    const path = join(root, file)
    if (!/= message\(/.test(readFileSync(path, 'utf8'))) continue
    const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>
    for (const value of Object.values(module)) {
      if (isMessage(value)) messages.set(value.name, value)
    }
  }
  return messages
}

function isMessage(value: unknown): value is AnyMessage {
  return typeof value === 'object' && value !== null && 'shape' in value && 'versions' in value
}

if (process.argv[1] === import.meta.filename) {
  const jarDir = process.argv[2]
  if (jarDir === undefined) throw new Error('Usage: node test/apache/schemas.ts DIRECTORY_OF_JARS')
  const { compared, differences, withoutCounterpart } = await compareSchemas(jarDir)
  for (const difference of differences) console.log(difference)
  console.log(`${compared} schemas compared, ${differences.length} differences`)
  console.log(`not ours: ${withoutCounterpart.join(', ')}`)
  process.exitCode = differences.length > 0 || compared === 0 ? 1 : 0
}
