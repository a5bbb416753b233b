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

/** The lines of a table, its titles first, each ending in a newline. An empty cell is `-`, so that every line has as many words. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const table = new Table({
    chars: NO_BORDER,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ align }) => align ?? 'left'),
  })
  table.push(columns.map(({ title }) => title.toUpperCase()))
  for (const row of rows) table.push(columns.map((column) => cellText(column.cell(row))))
  return table
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
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
