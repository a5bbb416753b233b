import { describe, expect, it } from 'vitest'
import { formatTable } from './table.ts'

interface Row {
  readonly name: string
  readonly count: number | null
}

const columns = [
  { title: 'name', cell: ({ name }: Row) => name },
  { title: 'count', align: 'right', cell: ({ count }: Row) => count },
] as const

describe('formatTable', () => {
  it('is plain text in columns, without borders or trailing blanks', () => {
    const rows = [
      { name: 'a', count: 1 },
      { name: 'longer', count: 1000 },
    ]
    expect(formatTable(columns, rows)).toBe('NAME    COUNT\na           1\nlonger   1000\n')
  })

  it('counts wide characters as two', () => {
    const rows = [
      { name: '日本', count: 1 },
      { name: 'abcd', count: 2 },
    ]
    expect(formatTable(columns, rows)).toBe('NAME  COUNT\n日本      1\nabcd      2\n')
  })

  it('has the same columns in all of many rows', () => {
    const rows = Array.from({ length: 250 }, (_, count) => ({
      name: `${'n'.repeat(count % 7)}x`,
      count,
    }))
    const lines = formatTable(columns, [...rows, { name: '日本日本日本', count: 1 }])
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(252)
    expect(new Set(lines.slice(0, -1).map(({ length }) => length))).toEqual(new Set([12 + 2 + 5]))
  })

  it('never leaves a cell empty', () => {
    expect(formatTable(columns, [{ name: '', count: null }])).toContain('-         -')
  })

  it('shows what would drive the terminal or break the line by its code', () => {
    const text = formatTable(columns, [{ name: 'a\u001b[31mb\nc', count: 0 }])
    expect(text).toContain('a\\x1b[31mb\\nc')
  })

  it('is only titles without rows', () => {
    expect(formatTable(columns, [])).toBe('NAME  COUNT\n')
  })
})
