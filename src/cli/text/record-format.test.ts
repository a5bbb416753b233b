import { describe, expect, it } from 'vitest'
import { ByteBuilder } from './byte-builder.ts'
import type { ConsumedRecord, RecordSource } from './record.ts'
import { RecordFormat } from './record-format.ts'

const source: RecordSource = {
  topic: 'orders',
  partition: 3,
  leaderEpoch: 4,
  timestampType: 'create',
  nodeId: 1,
}

const record: ConsumedRecord = {
  offset: 42,
  timestampMs: 1_700_000_000_123,
  key: Buffer.from('k'),
  value: Buffer.from('välue'),
  headers: [
    { key: 'a', value: Buffer.from('1') },
    { key: 'b', value: null },
  ],
}

function format(text: string, changes: Partial<ConsumedRecord> = {}, nullText = ''): Buffer {
  const out = new ByteBuilder(1)
  new RecordFormat(text, { nullText }).write(out, source, { ...record, ...changes })
  return out.take()
}

describe('RecordFormat', () => {
  it.each([
    ['%t/%p@%o', 'orders/3@42'],
    ['%k=%s', 'k=välue'],
    ['%K %S %V', '1 6 6'],
    ['%v', 'välue'],
    ['%T', '1700000000123'],
    ['%d', '2023-11-14T22:13:20.123Z'],
    ['%e', '4'],
    ['%h', 'a=1,b='],
    ['100%%', '100%'],
    ['a\\tb\\n', 'a\tb\n'],
    ['\\x41\\0\\\\n\\q', 'A\0\\nq'],
    ['\\\\%o', '\\42'],
    ['', ''],
  ])('%s', (text, wanted) => {
    expect(format(text).toString()).toBe(wanted)
  })

  it('shows a null by its length, and by a word where one is wanted', () => {
    const none = { key: null, value: null, headers: [] }
    expect(format('[%k|%K|%s|%S|%h]', none).toString()).toBe('[|-1||-1|]')
    expect(format('%k %s %h', { ...none, headers: record.headers }, 'NULL').toString()).toBe(
      'NULL NULL a=1,b=NULL',
    )
  })

  it('writes bytes as they are', () => {
    const value = Buffer.from([0, 0xff, 0x0a, 0x80])
    expect(format('%s', { value })).toEqual(value)
    expect(format('%R', { value })).toEqual(Buffer.from([0, 0, 0, 4]))
    expect(format('%R', { value: null })).toEqual(Buffer.from([0xff, 0xff, 0xff, 0xff]))
  })

  it('leaves a missing time empty, and shows one beyond every calendar as a number', () => {
    expect(format('%d', { timestampMs: -1 }).toString()).toBe('')
    expect(format('%d', { timestampMs: 1e18 }).toString()).toBe('1000000000000000000')
  })

  it.each(['%q', '%', 'a %'])('refuses %j', (text) => {
    expect(() => format(text)).toThrow('Cannot read the format')
  })
})
