import CliTable from 'cli-table3'

type Row = Readonly<Record<string, string | number>>

/** Prints each row as it comes, and all of them as one table at the end. */
export class Table {
  readonly #rows: Row[] = []
  readonly #notes: string[] = []

  row(row: Row): void {
    this.#rows.push(row)
    console.error(
      Object.entries(row)
        .map(([key, value]) => `${key}: ${value}`)
        .join('   '),
    )
  }

  /** Something that holds for the whole case. */
  note(text: string): void {
    this.#notes.push(text)
    console.error(text)
  }

  print(): void {
    const bySet = Map.groupBy(this.#rows, (row) => Object.keys(row).join('|'))
    for (const rows of bySet.values()) {
      const head = Object.keys(rows[0] ?? {})
      const table = new CliTable({ head, style: { head: [], border: [] } })
      for (const row of rows) table.push(head.map((key) => String(row[key] ?? '')))
      console.log(table.toString())
    }
    for (const note of this.#notes) console.log(note)
  }
}
