import { INT64_MAX, INT64_MIN, unreachable } from '../../base/index.ts'
import { isSensitive } from './definition.ts'
import type { ConfigDefinition } from './definition.ts'

/** A configuration that cannot be used, or deserves a warning. */
export interface ConfigProblem {
  readonly key: string
  /** As it was given; null: not given, or secret. */
  readonly value: string | null
  /** The whole story: key, value and what is allowed. */
  readonly message: string
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: ConfigProblem }

const SHOWN_LENGTH_MAX = 100

/** How a value appears in messages: quoted, shortened, and never if it is secret. */
export function shown(definition: ConfigDefinition, text: string): string {
  if (isSensitive(definition)) return 'a secret'
  return text.length > SHOWN_LENGTH_MAX ? `'${text.slice(0, SHOWN_LENGTH_MAX)}…'` : `'${text}'`
}

/** The value of a key from its text, as Kafka reads it (ConfigDef.parseType), and within what is allowed. */
export function parseConfig<T>(
  key: string,
  definition: ConfigDefinition<T>,
  text: string,
): Parsed<NonNullable<T>> {
  const value = parseType(definition as ConfigDefinition, text) as NonNullable<T> | undefined
  if (value !== undefined && definition.allows(value)) return { ok: true, value }
  const found = shown(definition as ConfigDefinition, text)
  const message = `Cannot set ${key}: found ${found}, wanted ${definition.wanted}`
  const secret = isSensitive(definition as ConfigDefinition)
  return { ok: false, problem: { key, value: secret ? null : text, message } }
}

/** undefined: the text is not of the type. */
function parseType({ type }: ConfigDefinition, text: string): unknown {
  const trimmed = text.trim()
  switch (type) {
    case 'BOOLEAN':
      return /^(true|false)$/i.test(trimmed) ? trimmed.toLowerCase() === 'true' : undefined
    case 'SHORT':
      return parseInteger(trimmed, 16n)
    case 'INT':
      return parseInteger(trimmed, 32n)
    case 'LONG':
      return parseInteger(trimmed, 64n)
    case 'DOUBLE':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined
    case 'LIST':
      return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
    case 'PASSWORD':
      return text
    case 'STRING':
    case 'CLASS':
      return trimmed
    default:
      return unreachable(type)
  }
}

function parseInteger(text: string, bits: bigint): number | undefined {
  if (!/^[+-]?\d{1,20}$/.test(text)) return undefined
  const value = BigInt(text.replace('+', ''))
  const end = 1n << (bits - 1n)
  return value >= -end && value < end ? Number(value) : undefined
}

/** The text of a value as DescribeConfigs shows it (ConfigDef.convertToString); null for no value. */
export function formatConfig({ type }: ConfigDefinition, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.join(',')
  if (value === INT64_MAX) return '9223372036854775807'
  if (value === INT64_MIN) return '-9223372036854775808'
  const text = `${value as string | number | boolean}`
  return type === 'DOUBLE' ? javaDouble(text) : text
}

/** Java writes 1.0 and 1.7E308 where JavaScript writes 1 and 1.7e+308. */
function javaDouble(text: string): string {
  const [mantissa = '', exponent] = text.split(/e\+?/)
  const whole = mantissa.includes('.') ? mantissa : `${mantissa}.0`
  return exponent === undefined ? whole : `${whole}E${exponent}`
}

/** A valid text in the one form that equal values share: `TRUE` becomes `true`, `a , b` becomes `a,b`. */
export function normalizeText(definition: ConfigDefinition, text: string): string {
  // By its digits: beyond 2^53 the number would not be exact.
  if (definition.type === 'LONG') return BigInt(text.trim().replace('+', '')).toString()
  return formatConfig(definition, parseType(definition, text)) ?? text
}
