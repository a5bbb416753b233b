/** Apache Kafka's schemas, as they lie as JSON inside its jars, told as plain facts line by line. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readJar } from './zip.ts'

interface KafkaField {
  readonly name: string
  readonly type: string
  readonly versions?: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly flexibleVersions?: string
  readonly tag?: number
  readonly default?: string | number | boolean | null
  readonly fields?: readonly KafkaField[]
}

export interface KafkaSchema {
  readonly apiKey?: number
  readonly type: string
  readonly name: string
  readonly listeners?: readonly string[]
  readonly validVersions: string
  readonly flexibleVersions: string
  readonly fields: readonly KafkaField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: KafkaField[] }[]
}

export type Range = readonly [first: number, last: number]

export interface KafkaSchemas {
  /** E.g. `4.3.1`. */
  readonly release: string
  readonly schemas: ReadonlyMap<string, KafkaSchema>
}

const SCHEMA_PATH = /^(common\/message|common\/metadata|message)\/\w+\.json$/

/** Every schema in the `kafka-*.jar` files of `jarDir`. */
export function readKafkaSchemas(jarDir: string): KafkaSchemas {
  const schemas = new Map<string, KafkaSchema>()
  let release = ''
  for (const jar of readdirSync(jarDir).filter((name) => /^kafka-[\w.-]+\.jar$/.test(name))) {
    release = /^kafka-clients-(.+)\.jar$/.exec(jar)?.[1] ?? release
    for (const file of readJar(join(jarDir, jar))) {
      if (!SCHEMA_PATH.test(file.name)) continue
      const schema = parseSchema(file.read().toString('utf8'))
      schemas.set(schema.name, schema)
    }
  }
  if (release === '') throw new Error(`Cannot find kafka-clients-*.jar in ${jarDir}`)
  return { release, schemas }
}

/** The files are JSON with comments to the end of the line. */
function parseSchema(text: string): KafkaSchema {
  return JSON.parse(
    text.replace(/^\s*\/\/.*$/gm, '').replace(/([,}\]])\s*\/\/.*$/gm, '$1'),
  ) as KafkaSchema
}

/** `3-7`, `3+`, `3` or `none`. */
export function parseRange(versions: string | undefined): Range | null {
  const match = /^(\d+)(\+|-(\d+))?$/.exec(versions ?? 'none')
  if (match === null) return null
  const first = Number(match[1])
  return [first, match[2] === '+' ? Infinity : Number(match[3] ?? first)]
}

/** What both ranges have in common; null when nothing. */
export function common(a: Range, b: Range): Range | null {
  const range: Range = [Math.max(a[0], b[0]), Math.min(a[1], b[1])]
  return range[0] <= range[1] ? range : null
}

/** Everything that counts of one field, as text: equal text, equal bytes on the wire. */
export interface FieldFacts {
  readonly path: string
  readonly type: string
  readonly versions: Range
  readonly nullable: Range | null
  readonly tag: number | undefined
  readonly taggedSince: number | undefined
  readonly default: string
  readonly keepsOldEncoding: boolean
}

export function factLine(facts: FieldFacts): string {
  const { path, type, versions, nullable, tag, taggedSince, keepsOldEncoding } = facts
  const parts = [`${path}: ${type}`, `versions ${versions.join('-')}`]
  if (nullable !== null) parts.push(`nullable ${nullable.join('-')}`)
  if (tag !== undefined) parts.push(`tag ${tag} since ${taggedSince}`)
  if (facts.default !== '') parts.push(`default ${facts.default}`)
  if (keepsOldEncoding) parts.push('never flexible')
  return parts.join(', ')
}

/** The facts of all fields of `schema` that exist in `versions`, in wire order, depth first. */
export function kafkaFacts(schema: KafkaSchema, versions: Range): FieldFacts[] {
  const facts: FieldFacts[] = []
  const shared = new Map(schema.commonStructs?.map(({ name, fields }) => [name, fields]))
  const visit = (fields: readonly KafkaField[], prefix: string, scope: Range): void => {
    for (const field of fields) {
      const own = parseRange(field.versions ?? field.taggedVersions) ?? [0, Infinity]
      const range = common(own, scope)
      if (range === null) continue
      const path = prefix + lowerFirst(field.name)
      facts.push(factsOf(field, path, range, shared))
      const inner = field.fields ?? shared.get(field.type.replace('[]', ''))
      if (inner !== undefined) visit(inner, `${path}.`, range)
    }
  }
  visit(schema.fields, '', versions)
  return facts
}

function factsOf(
  field: KafkaField,
  path: string,
  versions: Range,
  shared: ReadonlyMap<string, unknown>,
): FieldFacts {
  const nullable = parseRange(field.nullableVersions)
  const tagged = parseRange(field.taggedVersions)
  const name = field.type.replace('[]', '')
  const element = field.fields !== undefined || shared.has(name) ? 'struct' : name
  return {
    path,
    type: field.type.startsWith('[]') ? `[]${element}` : element,
    versions,
    nullable: nullable === null ? null : common(nullable, versions),
    tag: field.tag,
    taggedSince: tagged === null ? undefined : Math.max(tagged[0], versions[0]),
    default: defaultOf(field),
    keepsOldEncoding: field.flexibleVersions === 'none',
  }
}

/** Empty for what the type begins with anyway. */
function defaultOf({ type, default: value }: KafkaField): string {
  if (value === undefined || type === 'records') return ''
  if (value === null || value === 'null') return 'null'
  if (type === 'string') return String(value)
  if (type === 'bool') return String(value) === 'true' ? 'true' : ''
  const number = Number(value)
  return number === 0 ? '' : String(number)
}

export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
