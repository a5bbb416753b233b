/** What `dump` prints: one line for each thing found in a file. */
import { bytesToJson } from '../text/json-lines.ts'

/** Its fields in the order in which they are shown; `kind` first. */
export type Item = { readonly kind: string } & Readonly<Record<string, unknown>>

/** Something is not as it should be: makes the command fail. */
export function problem(message: string, position?: number): Item {
  return { kind: 'problem', ...(position !== undefined && { position }), message }
}

/** One line of JSON, without the newline. */
export function itemToJson(item: Item): string {
  return JSON.stringify(item, plain)
}

/** One line for people: `kind` and then names and values; records stand indented below their batch. */
export function itemToText({ kind, ...fields }: Item): string {
  const shown = Object.entries(fields).map(([name, value]) => `${name}: ${valueText(value)}`)
  const line = `${kind} ${shown.join(' ')}`
  return kind === 'record' || kind === 'control' ? `| ${line}` : line
}

function valueText(value: unknown): string {
  return typeof value === 'string' && /^[\w./:+@%-]+$/.test(value)
    ? value
    : (JSON.stringify(value, plain) ?? 'null')
}

/** `JSON.stringify` has turned a Buffer into `{type, data}` before it asks. */
function plain(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('data' in value)) {
    return value
  }
  return value.type === 'Buffer' && Array.isArray(value.data)
    ? bytesToJson(Buffer.from(value.data as number[]))
    : value
}
