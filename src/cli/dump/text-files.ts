/** Files of a log directory that are text already: checkpoints, properties, JSON. */
import { readFileSync } from 'node:fs'
import { getProperties } from 'properties-file'
import { problem } from './item.ts'
import type { Item } from './item.ts'

/** A version, the number of entries, and one entry a line: epoch and offset, or topic, partition and offset. */
export function* dumpCheckpoint(path: string): Generator<Item> {
  const [version = '', count = '', ...lines] = readFileSync(path, 'utf8').split('\n')
  const entries = lines.filter((line) => line.trim() !== '')
  yield { kind: 'checkpoint', version: Number(version), entries: Number(count) }
  if (version.trim() !== '0') yield problem(`found version '${version}', known is 0`)
  if (Number(count) !== entries.length) {
    yield problem(`found ${entries.length} entries, the file says ${count}`)
  }
  for (const entry of entries) yield checkpointItem(entry.trim().split(/\s+/), entry)
}

function checkpointItem(words: readonly string[], line: string): Item {
  const numbers = words.map(Number)
  if (words.length === 2) return { kind: 'epoch', epoch: numbers[0], startOffset: numbers[1] }
  if (words.length === 3) {
    return { kind: 'offset', topic: words[0], partition: numbers[1], offset: numbers[2] }
  }
  return problem(`found the line '${line}', wanted two or three words`)
}

/** `meta.properties` and `partition.metadata`. */
export function* dumpProperties(path: string): Generator<Item> {
  yield { kind: 'properties', ...getProperties(readFileSync(path, 'utf8')) }
}

/** `quorum-state` and `.kafka_cleanshutdown`. */
export function* dumpJson(path: string): Generator<Item> {
  const text = readFileSync(path, 'utf8')
  if (text.trim() === '') return yield { kind: 'empty' }
  try {
    yield { kind: 'json', value: JSON.parse(text) as unknown }
  } catch (error) {
    yield problem((error as Error).message)
  }
}
