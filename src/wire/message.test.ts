import { describe, expect, it } from 'vitest'
import { AssertionError, INT64_MAX } from '../base/index.ts'
import {
  array,
  bytes,
  field,
  int16,
  int32,
  int64,
  int8,
  message,
  nullable,
  Reader,
  records,
  requiredRecords,
  string,
  struct,
  WireError,
} from './index.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

const Example = message(
  { name: 'Example', versions: [1, 4], flexibleSince: 3 },
  {
    name: nullable(string, 2),
    count: field(int32, { since: 2, until: 3, default: -1 }),
    items: array({ id: int16 }),
    end: field(int64, { since: 3, tag: 1, default: INT64_MAX }),
    place: field(struct({ x: field(int8, { default: -1 }) }), { since: 3, tag: 0 }),
    oldStyle: field(string, { flexible: false }),
  },
)

describe('message', () => {
  it('writes old lengths before it is flexible, and nothing that the version lacks', () => {
    const draft = { name: 'a', count: 7, items: [{ id: 1 }], end: 5 }
    expect(Example.toBuffer(1, draft)).toEqual(hex('0001 61 00000001 0001 0000'))
    expect(Example.toBuffer(2, draft)).toEqual(hex('0001 61 00000007 00000001 0001 0000'))
  })

  it('writes compact lengths and tag sections once it is flexible', () => {
    const bytes = Example.toBuffer(3, { name: null, items: [{ id: 1 }], end: 5, oldStyle: 'b' })
    expect(bytes).toEqual(hex('00 ffffffff 02 0001 00 0001 62 01 01 08 0000000000000005'))
  })

  it('writes tagged fields in order of their numbers', () => {
    const bytes = Example.toBuffer(4, { name: '', items: [], end: 5, place: { x: 3 } })
    expect(bytes).toEqual(hex('01 01 0000 02 00 02 03 00 01 08 0000000000000005'))
  })

  it('leaves tagged fields out when they say the default', () => {
    const bytes = Example.toBuffer(4, { name: '', items: [], end: INT64_MAX, place: { x: -1 } })
    expect(bytes).toEqual(hex('01 01 0000 00'))
  })

  it('decodes every version to the same fields, with defaults where there was nothing', () => {
    const decoded = Example.decode(new Reader(hex('0001 61 00000000 0000')), 1)
    expect(decoded).toEqual({
      name: 'a',
      count: -1,
      items: [],
      end: INT64_MAX,
      place: { x: -1 },
      oldStyle: '',
    })
  })

  it('does not let anybody change the defaults that all messages share', () => {
    const { place } = Example.decode(new Reader(hex('0000 00000000 0000')), 1)
    expect(() => Object.assign(place, { x: 1 })).toThrow(TypeError)
    const Bare = message(
      { name: 'Bare', versions: [0, 1] },
      { all: field(array(int8), { since: 1 }) },
    )
    expect(() => Bare.decode(new Reader(hex('')), 0).all.push(1)).toThrow(TypeError)
  })

  it('refuses null where the version does not allow it', () => {
    expect(() => Example.decode(new Reader(hex('ffff 00000000 0000')), 1)).toThrow(WireError)
    const decoded = Example.decode(new Reader(hex('ffff 00000001 00000000 0000')), 2)
    expect(decoded.name).toBeNull()
    expect(() => Example.toBuffer(1, { name: null, items: [] })).toThrow(AssertionError)
  })

  it('refuses a tagged field that does not fill its size', () => {
    const tail = (size: string, content: string): Buffer =>
      hex(`01 01 0000 01 01 ${size} ${content}`)
    expect(Example.decode(new Reader(tail('08', '0000000000000009')), 4).end).toBe(9)
    expect(() => Example.decode(new Reader(tail('09', '000000000000000900')), 4)).toThrow(WireError)
    expect(() => Example.decode(new Reader(tail('07', '0000000000000009')), 4)).toThrow(WireError)
  })

  it('has only its own versions', () => {
    expect(() => Example.toBuffer(5, { name: '', items: [] })).toThrow(AssertionError)
    expect(() => Example.decode(new Reader(hex('')), 0)).toThrow(AssertionError)
  })

  it('refuses elements of arrays by the million before it makes them', () => {
    const Nested = message(
      { name: 'Nested', versions: [0, 0], flexibleSince: 0 },
      { outer: array({ inner: array({ name: string }) }) },
    )
    const thousand = hex('e907')
    const outer = Buffer.concat([thousand, hex('0100'.repeat(1000)), hex('00')])
    const bytes = Buffer.concat([thousand, ...Array<Buffer>(1000).fill(outer), hex('00')])
    expect(() => Nested.decode(new Reader(bytes), 0)).toThrow(/elements/)
  })

  it('counts the elements of each message anew, though one reader reads several', () => {
    const Flat = message({ name: 'Flat', versions: [0, 0] }, { all: array({ id: int8 }) })
    const size = Buffer.alloc(4)
    size.writeInt32BE(600_000)
    const one = Buffer.concat([size, Buffer.alloc(600_000)])
    const reader = new Reader(Buffer.concat([one, one]))
    for (let i = 0; i < 2; i++) expect(Flat.decode(reader, 0).all.length).toBe(600_000)
  })

  it('refuses a string of more than 32767 bytes, as Kafka does', () => {
    const Text = message({ name: 'Text', versions: [0, 0], flexibleSince: 0 }, { text: string })
    const longest = Text.toBuffer(0, { text: 'x'.repeat(32_767) })
    expect(Text.decode(new Reader(longest), 0).text).toHaveLength(32_767)
    const longer = Buffer.concat([hex('818002'), Buffer.alloc(32_768), hex('00')])
    expect(() => Text.decode(new Reader(longer), 0)).toThrow(/32768 bytes/)
    // What we could not read back must not be written: a metadata record would keep the node from ever starting again.
    expect(() => Text.toBuffer(0, { text: 'x'.repeat(32_768) })).toThrow(/32768 bytes/)
  })

  it('tells null from empty records', () => {
    const Both = message(
      { name: 'Both', versions: [0, 0], flexibleSince: 0 },
      { some: requiredRecords, maybe: records },
    )
    expect(Both.toBuffer(0, { some: [hex('0102'), hex('03')], maybe: null })).toEqual(
      hex('04 010203 00 00'),
    )
    expect(Both.decode(new Reader(hex('01 01 00')), 0).maybe).toEqual(Buffer.alloc(0))
    expect(() => Both.decode(new Reader(hex('00 00 00')), 0)).toThrow(WireError)
  })

  it('leads a struct that may be null with a byte', () => {
    const Maybe = message(
      { name: 'Maybe', versions: [0, 0], flexibleSince: 0 },
      { where: nullable(struct({ at: bytes })) },
    )
    expect(Maybe.toBuffer(0, { where: null })).toEqual(hex('ff 00'))
    expect(Maybe.toBuffer(0, { where: { at: hex('aa') } })).toEqual(hex('01 02 aa 00 00'))
    expect(Maybe.decode(new Reader(hex('01 01 00 00')), 0)).toEqual({ where: { at: hex('') } })
  })
})
