/**
 * The language in which configuration keys are declared. From a declaration come the type that code
 * sees, the check of a value, and the row of DescribeConfigs.
 */

/** Kafka's ConfigDef.Type. */
export type ConfigType =
  | 'BOOLEAN'
  | 'STRING'
  | 'INT'
  | 'SHORT'
  | 'LONG'
  | 'DOUBLE'
  | 'LIST'
  | 'CLASS'
  | 'PASSWORD'

export type Importance = 'HIGH' | 'MEDIUM' | 'LOW'

/** Whether a broker key can be changed while the broker runs, and for whom. */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide'

export interface ConfigDefinition<T = unknown> {
  readonly type: ConfigType
  /** null: no value unless one is set. */
  readonly defaultValue: T
  /** What a value must be, to complete "wanted …". */
  readonly wanted: string
  /** Holds a value of the right type against the range or list that is allowed. */
  readonly allows: (value: NonNullable<T>) => boolean
  readonly importance: Importance
  readonly documentation: string
  readonly update: UpdateMode
  /** Never shown: for tests of Kafka's own and ours. */
  readonly internal: boolean
}

export type ConfigDefinitions = Readonly<Record<string, ConfigDefinition>>

/** The value that code sees under a key. */
export type ValueOf<D> = D extends ConfigDefinition<infer T> ? T : never

/** Passwords are never shown. */
export function isSensitive(definition: ConfigDefinition): boolean {
  return definition.type === 'PASSWORD'
}

interface Options {
  readonly importance?: Importance
  readonly update?: UpdateMode
  readonly internal?: true
  readonly doc: string
}

interface NumberOptions extends Options {
  readonly min?: number
  readonly max?: number
  /** One value outside the range that is allowed, too. */
  readonly or?: number
}

interface TextOptions extends Options {
  readonly oneOf?: readonly string[]
  /** `oneOf` does not care about upper and lower case. */
  readonly ignoreCase?: true
}

interface ListOptions extends Options {
  readonly each?: readonly string[]
  readonly nonEmpty?: true
  /** A rule of its own, with the words for it. */
  readonly rule?: {
    readonly wanted: string
    readonly allows: (items: readonly string[]) => boolean
  }
}

function define<T>(
  type: ConfigType,
  defaultValue: T,
  options: Options,
  wanted: string,
  allows: (value: NonNullable<T>) => boolean = () => true,
): ConfigDefinition<T> {
  const { importance = 'MEDIUM', update = 'read-only', internal = false, doc } = options
  const documentation = doc
  return { type, defaultValue, wanted, allows, importance, documentation, update, internal }
}

const LIMITS = {
  SHORT: ['-32768', '32767'],
  INT: ['-2147483648', '2147483647'],
  LONG: ['-9223372036854775808', '9223372036854775807'],
} as const

function integer<D extends number | null>(
  type: keyof typeof LIMITS,
  defaultValue: D,
  options: NumberOptions,
): ConfigDefinition<number | D> {
  const { min = -Infinity, max = Infinity, or } = options
  const [lowest, highest] = LIMITS[type]
  const from = min === -Infinity ? lowest : min
  const to = max === Infinity ? highest : max
  const also = or === undefined ? '' : `, or ${or}`
  return define<number | D>(
    type,
    defaultValue,
    options,
    `an integer from ${from} to ${to}${also}`,
    (value) => (value >= min && value <= max) || value === or,
  )
}

export function int<D extends number | null>(
  defaultValue: D,
  options: NumberOptions,
): ConfigDefinition<number | D> {
  return integer('INT', defaultValue, options)
}

export function short<D extends number | null>(
  defaultValue: D,
  options: NumberOptions,
): ConfigDefinition<number | D> {
  return integer('SHORT', defaultValue, options)
}

/** Kafka's `Long.MAX_VALUE`, "no limit", is `INT64_MAX` here. */
export function long<D extends number | null>(
  defaultValue: D,
  options: NumberOptions,
): ConfigDefinition<number | D> {
  return integer('LONG', defaultValue, options)
}

export function double(defaultValue: number, options: NumberOptions): ConfigDefinition<number> {
  const { min = -Infinity, max = Infinity } = options
  const wanted = max === Infinity ? 'a number' : `a number from ${min} to ${max}`
  return define('DOUBLE', defaultValue, options, wanted, (value) => value >= min && value <= max)
}

export function bool(defaultValue: boolean, options: Options): ConfigDefinition<boolean> {
  return define('BOOLEAN', defaultValue, options, 'true or false')
}

export function text<D extends string | null>(
  defaultValue: D,
  options: TextOptions,
): ConfigDefinition<string | D> {
  const { oneOf, ignoreCase } = options
  const fold = (value: string): string => (ignoreCase === true ? value.toLowerCase() : value)
  const known = oneOf === undefined ? undefined : new Set(oneOf.map(fold))
  const wanted = oneOf === undefined ? 'a text' : `one of ${oneOf.join(', ')}`
  return define<string | D>('STRING', defaultValue, options, wanted, (value) => {
    return known === undefined || known.has(fold(value))
  })
}

/** A text that must be one of a few, typed as such. */
export function choice<const C extends string>(
  defaultValue: NoInfer<C>,
  oneOf: readonly C[],
  options: Options,
): ConfigDefinition<C> {
  const known: ReadonlySet<string> = new Set(oneOf)
  return define('STRING', defaultValue, options, `one of ${oneOf.join(', ')}`, (value) =>
    known.has(value),
  )
}

export function className(
  defaultValue: string | null,
  options: Options,
): ConfigDefinition<string | null> {
  return define('CLASS', defaultValue, options, 'the name of a class')
}

export function password(options: Options): ConfigDefinition<string | null> {
  return define<string | null>('PASSWORD', null, options, 'a text')
}

export function list<D extends readonly string[] | null>(
  defaultValue: D,
  options: ListOptions,
): ConfigDefinition<readonly string[] | D> {
  const { each, nonEmpty, rule } = options
  const known = each === undefined ? undefined : new Set(each)
  const kind = each === undefined ? 'a list' : `a list of ${each.join(', ')}`
  const wanted = rule?.wanted ?? (nonEmpty === true ? `${kind} with at least one item` : kind)
  return define<readonly string[] | D>('LIST', defaultValue, options, wanted, (items) => {
    if (nonEmpty === true && items.length === 0) return false
    if (rule !== undefined) return rule.allows(items)
    return items.every((item) => item !== '' && (known === undefined || known.has(item)))
  })
}
