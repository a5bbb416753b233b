import { describe, expect, it } from 'vitest'
import { toRecord } from './record-input.ts'
import type { InputOptions } from './record-input.ts'

const plain: InputOptions = {
  form: 'text',
  delimiter: Buffer.from('\n'),
  isWhole: false,
  keyDelimiter: null,
  emptyIsNull: false,
  key: null,
  headers: [],
  partition: null,
  timestampMs: null,
  keepsPartition: false,
}

function read(text: string, changes: Partial<InputOptions> = {}): unknown {
  const record = toRecord(Buffer.from(text), { ...plain, ...changes })
  if (record === null) return null
  const { key, value, ...rest } = record
  return { ...rest, key: key?.toString() ?? null, value: value?.toString() ?? null }
}

describe('toRecord', () => {
  it('takes a line as the value', () => {
    expect(read('a:b')).toEqual({ key: null, value: 'a:b', headers: [] })
    expect(read('')).toEqual({ key: null, value: '', headers: [] })
  })

  it('cuts at the first key delimiter only', () => {
    const keyDelimiter = Buffer.from('::')
    expect(read('k::v::w', { keyDelimiter })).toMatchObject({ key: 'k', value: 'v::w' })
    expect(read('k:v', { keyDelimiter })).toMatchObject({ key: null, value: 'k:v' })
    expect(read('::v', { keyDelimiter })).toMatchObject({ key: '', value: 'v' })
  })

  it('makes tombstones of empty values where that is asked for', () => {
    const options = { keyDelimiter: Buffer.from(':'), emptyIsNull: true }
    expect(read('k:', options)).toMatchObject({ key: 'k', value: null })
    expect(read(':', options)).toMatchObject({ key: null, value: null })
  })

  it('gives what the record lacks, and adds headers', () => {
    const options = {
      keyDelimiter: Buffer.from(':'),
      key: Buffer.from('fixed'),
      headers: [{ key: 'h', value: null }],
      partition: 3,
      timestampMs: 9,
    }
    const given = { headers: options.headers, partition: 3, timestampMs: 9 }
    expect(read('v', options)).toEqual({ key: 'fixed', value: 'v', ...given })
    expect(read('own:v', options)).toEqual({ key: 'own', value: 'v', ...given })
  })

  it('takes JSON, with its partition only where that is wanted', () => {
    const line = '{"key":"k","payload":"v","partition":4,"ts":5}'
    const record = { key: 'k', value: 'v', headers: [], timestampMs: 5 }
    expect(read(line, { form: 'json' })).toEqual(record)
    expect(read(line, { form: 'json', keepsPartition: true })).toEqual({ ...record, partition: 4 })
    expect(read(' ', { form: 'json' })).toBeNull()
  })
})
