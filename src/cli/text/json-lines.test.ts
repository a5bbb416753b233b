import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromJsonLine, InputError, toJsonLine } from './json-lines.ts'

const source = {
  topic: 't',
  partition: 2,
  leaderEpoch: 0,
  timestampType: 'create',
  nodeId: 1,
} as const

const text = fc.string({ unit: 'binary' }).map((value) => Buffer.from(value))
const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => Buffer.from(value))
const content = fc.option(fc.oneof(text, bytes))

describe('JSON lines', () => {
  it('bring every record back as it was', () => {
    const records = fc.record({
      offset: fc.nat(),
      timestampMs: fc.integer({ min: 0, max: 2 ** 45 }),
      key: content,
      value: content,
      headers: fc.array(fc.record({ key: fc.string(), value: content })),
    })
    fc.assert(
      fc.property(records, (record) => {
        const line = toJsonLine(source, record)
        expect(line).not.toContain('\n')
        const { offset: _, ...wanted } = record
        expect(fromJsonLine(line)).toEqual({ ...wanted, partition: 2 })
      }),
    )
  })

  it('keep a byte order mark, which is text', () => {
    const value = Buffer.from([0xef, 0xbb, 0xbf, 0x61])
    const line = toJsonLine(source, { offset: 0, timestampMs: -1, key: null, value, headers: [] })
    expect(fromJsonLine(line).value).toEqual(value)
  })

  it('have no time where the record has none', () => {
    const record = { offset: 0, timestampMs: -1, key: null, value: null, headers: [] }
    const line = toJsonLine(source, record)
    expect(JSON.parse(line)).toMatchObject({ tstype: 'unknown', ts: -1, payload: null })
    expect(fromJsonLine(line)).not.toHaveProperty('timestampMs')
  })

  it('can be written by hand', () => {
    const line = '{"value":"v","headers":{"a":"1","b":null},"timestamp":5}'
    expect(fromJsonLine(line)).toEqual({
      key: null,
      value: Buffer.from('v'),
      headers: [
        { key: 'a', value: Buffer.from('1') },
        { key: 'b', value: null },
      ],
      timestampMs: 5,
    })
    expect(fromJsonLine('{}')).toEqual({ key: null, value: null, headers: [] })
  })

  it.each([
    '',
    '{',
    '[]',
    'null',
    '"v"',
    '{"key":5}',
    '{"payload":{"a":1}}',
    '{"payload":{"base64":"§"}}',
    '{"payload":{"base64":"YQ==","x":1}}',
    '{"headers":["a"]}',
    '{"headers":[1,"a"]}',
    '{"headers":"a"}',
    '{"ts":"now"}',
    '{"partition":1.5}',
  ])('refuse %s', (line) => {
    expect(() => fromJsonLine(line)).toThrow(InputError)
  })
})
