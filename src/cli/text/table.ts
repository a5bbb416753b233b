/** Tables for people: columns without borders, as wide as their widest cell, in characters of any width. */
import Table from 'cli-table3'

export type Cell = string | number | boolean | null | undefined

export interface Column<Row> {
  readonly title: string
  readonly align?: 'left' | 'right'
  cell(row: Row): Cell
}

const NO_BORDER = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const

/** Laying out takes time that grows with the square of the rows: large tables are made of several. */
const ROWS_AT_ONCE = 100

/** The lines of a table, its titles first, each ending in a newline. An empty cell is `-`, so that every line has as many words. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const titles = columns.map(({ title }) => title.toUpperCase())
  const lines = [titles, ...rows.map((row) => columns.map((column) => cellText(column.cell(row))))]
  const aligns = columns.map(({ align }) => align ?? 'left')
  const parts: string[][][] = []
  for (let from = 0; from < lines.length; from += ROWS_AT_ONCE) {
    parts.push(lines.slice(from, from + ROWS_AT_ONCE))
  }
  const first = parts.map((part) => layOut(part, aligns, []))
  const widths = columns.map((_, index) =>
    Math.max(...first.map((part) => part.widths[index] ?? 0)),
  )
  const laidOut = parts.length === 1 ? first : parts.map((part) => layOut(part, aligns, widths))
  return laidOut.map(({ text }) => text).join('')
}

/** @param widths of the columns; those that are missing are as wide as their widest cell */
function layOut(
  lines: readonly string[][],
  colAligns: ('left' | 'right')[],
  widths: readonly number[],
): { readonly text: string; readonly widths: readonly (number | null)[] } {
  const colWidths: (number | null)[] = [...widths]
  const table = new Table({
    chars: NO_BORDER,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns,
    colWidths,
  })
  table.push(...lines)
  const text = table
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
  // What it found while it laid out the cells.
  return { text, widths: table.options.colWidths }
}

function cellText(cell: Cell): string {
  return cell === null || cell === undefined || cell === '' ? '-' : singleLine(String(cell))
}

/** What would break the line or drive the terminal is shown by its code. */
function singleLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, '0')
    return character === '\n' ? '\\n' : `\\x${code}`
  })
}
