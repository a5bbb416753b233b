import { describe, expect, it } from 'vitest'
import { INT64_MAX } from '../../base/index.ts'
import { bool, double, int, list, long, password, short, text } from './definition.ts'
import type { ConfigDefinition } from './definition.ts'
import { formatConfig, normalizeText, parseConfig } from './value.ts'

const doc = 'A key.'
const kinds: Record<string, ConfigDefinition> = {
  bool: bool(false, { doc }),
  int: int(0, { min: 1, doc }),
  level: int(0, { min: 1, max: 9, or: -1, doc }),
  short: short(0, { doc }),
  long: long(0, { min: -1, doc }),
  double: double(0, { min: 0, max: 1, doc }),
  list: list([], { each: ['compact', 'delete'], doc }),
  filled: list(['a'], { nonEmpty: true, doc }),
  text: text('', { doc }),
  oneOf: text('a', { oneOf: ['a', 'b'], doc }),
  folded: text('a', { oneOf: ['a', 'b'], ignoreCase: true, doc }),
  password: password({ doc }),
} as Record<string, ConfigDefinition>

const kind = (name: string): ConfigDefinition => kinds[name] as ConfigDefinition

describe('parseConfig', () => {
  // As Apache Kafka 4.3.1 takes them.
  it.each<[string, string, unknown]>([
    ['bool', ' TRUE ', true],
    ['bool', 'false', false],
    ['int', '+1048576', 1_048_576],
    ['int', ' 5 ', 5],
    ['int', '2147483647', 2_147_483_647],
    ['level', '-1', -1],
    ['level', '9', 9],
    ['short', '-32768', -32_768],
    ['long', '9223372036854775807', INT64_MAX],
    ['long', '-1', -1],
    ['double', '.5', 0.5],
    ['double', '5E-1', 0.5],
    ['double', '1', 1],
    ['list', '', []],
    ['list', ' delete , compact ', ['delete', 'compact']],
    ['filled', 'x', ['x']],
    ['text', ' a b ', 'a b'],
    ['folded', 'B', 'B'],
    ['password', ' secret ', ' secret '],
  ])('%s takes %j', (name, value, expected) => {
    expect(parseConfig('key', kind(name), value)).toEqual({ ok: true, value: expected })
  })

  it.each([
    ['bool', 'yes', 'true or false'],
    ['int', '0', 'an integer from 1 to 2147483647'],
    ['int', '1e6', 'an integer from 1 to 2147483647'],
    ['int', '', 'an integer from 1 to 2147483647'],
    ['int', '2147483648', 'an integer from 1 to 2147483647'],
    ['level', '0', 'an integer from 1 to 9, or -1'],
    ['level', '10', 'an integer from 1 to 9, or -1'],
    ['short', '32768', 'an integer from -32768 to 32767'],
    ['long', '9223372036854775808', 'an integer from -1 to 9223372036854775807'],
    ['long', '-2', 'an integer from -1 to 9223372036854775807'],
    ['long', '1.0', 'an integer from -1 to 9223372036854775807'],
    ['double', '1.5', 'a number from 0 to 1'],
    ['double', 'NaN', 'a number from 0 to 1'],
    ['list', 'Delete', 'a list of compact, delete'],
    ['list', 'delete,', 'a list of compact, delete'],
    ['filled', '', 'a list with at least one item'],
    ['oneOf', 'B', 'one of a, b'],
  ])('%s refuses %j', (name, value, wanted) => {
    const message = `Cannot set key: found '${value}', wanted ${wanted}`
    const problem = { key: 'key', value, message }
    expect(parseConfig('key', kind(name), value)).toEqual({ ok: false, problem })
  })

  it('shortens long values in messages, and never shows secrets', () => {
    const parsed = parseConfig('key', kind('int'), '7'.repeat(5000))
    expect(parsed.ok ? '' : parsed.problem.message.length).toBeLessThan(200)
    const secret = { ...kind('password'), allows: () => false }
    expect(parseConfig('key', secret, 'hunter2')).toEqual({
      ok: false,
      problem: {
        key: 'key',
        value: null,
        message: 'Cannot set key: found a secret, wanted a text',
      },
    })
  })
})

describe('formatConfig', () => {
  it.each<[string, unknown, string | null]>([
    ['bool', true, 'true'],
    ['long', INT64_MAX, '9223372036854775807'],
    ['long', -1, '-1'],
    ['list', ['a', 'b'], 'a,b'],
    ['list', [], ''],
    ['double', 1, '1.0'],
    ['double', 0.5, '0.5'],
    ['double', Number.MAX_VALUE, '1.7976931348623157E308'],
    ['text', null, null],
  ])('%s writes %j as Java does', (name, value, expected) => {
    expect(formatConfig(kind(name), value)).toBe(expected)
  })

  it.each([
    ['bool', ' TRUE', 'true'],
    ['list', 'a , b', 'a,b'],
    ['int', '+05', '5'],
    // Not exact as a number.
    ['long', '9007199254740993', '9007199254740993'],
    ['long', '+9223372036854775806', '9223372036854775806'],
  ])('%s brings %j into one form', (name, value, expected) => {
    expect(normalizeText(kind(name), value)).toBe(expected)
  })
})
