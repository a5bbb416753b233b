/**
 * The records that every client writes and reads back: every shape of key, value and header that Kafka knows, with
 * timestamps of their own. It is made from a seed and written to a file for the clients in other languages.
 */
import { writeFileSync } from 'node:fs'

import { randomNumbers } from '../harness/random.ts'

/** One record as it was written. Header names may repeat; a null differs from an empty value. */
export interface CorpusRecord {
  readonly partition: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: ReadonlyArray<readonly [name: string, value: Buffer | null]>
  readonly timestampMs: number
}

/** Records, in memory and as a file of JSON. */
export interface Corpus {
  readonly records: readonly CorpusRecord[]
  readonly file: string
}

export const corpusPartitions = 3

/** The first timestamp of the corpus: a fixed moment that no retention by time would reach in a test. */
export function corpusStartMs(): number {
  return Date.now() - 3_600_000
}

/** `count` records, the same for the same start. */
export function makeCorpus(startMs: number, count = 240): CorpusRecord[] {
  const random = randomNumbers(count)
  return Array.from({ length: count }, (_, index) => ({
    partition: index % corpusPartitions,
    key: keyOf(index, random),
    value: valueOf(index, random),
    headers: headersOf(index),
    timestampMs: startMs + index * 1000,
  }))
}

/** The records of one partition, in order. */
export function ofPartition(corpus: Corpus, partition: number): CorpusRecord[] {
  return corpus.records.filter((record) => record.partition === partition)
}

/** The same without null header values, which become empty ones. */
export function withoutNullHeaders(records: readonly CorpusRecord[]): CorpusRecord[] {
  return records.map((record) => ({
    ...record,
    headers: record.headers.map(([name, value]) => [name, value ?? Buffer.alloc(0)] as const),
  }))
}

/** Writes records to `file` for the clients that are not written in TypeScript: JSON, bytes as base64. */
export function writeCorpus(file: string, records: readonly CorpusRecord[]): Corpus {
  const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null
  const plain = records.map((record) => ({
    partition: record.partition,
    key: base64(record.key),
    value: base64(record.value),
    headers: record.headers.map(([name, value]) => [name, base64(value)]),
    timestampMs: record.timestampMs,
  }))
  writeFileSync(file, JSON.stringify(plain))
  return { records, file }
}

function keyOf(index: number, random: () => number): Buffer | null {
  const shapes = [
    () => null,
    () => Buffer.alloc(0),
    () => Buffer.from(`key-${index}`),
    () => Buffer.from('schlüssel-😀-鍵'),
    () => bytes(16, random),
  ]
  return shapes[index % shapes.length]?.() ?? null
}

function valueOf(index: number, random: () => number): Buffer | null {
  const shapes = [
    () => Buffer.from(`value-${index}`),
    () => null,
    () => Buffer.alloc(0),
    () => Buffer.from('wert '.repeat(1 + (index % 400))),
    () => bytes(1 + (index % 3000), random),
    () => Buffer.from('line one\nline two\ttab\0zero'),
    () => bytes(20_000, random),
  ]
  return shapes[index % shapes.length]?.() ?? null
}

function headersOf(index: number): Array<readonly [string, Buffer | null]> {
  const shapes: ReadonlyArray<Array<readonly [string, Buffer | null]>> = [
    [],
    [['trace', Buffer.from(`id-${index}`)]],
    [
      ['empty', Buffer.alloc(0)],
      ['null', null],
      ['größe', Buffer.from([1, 2, 255, 0, 128])],
    ],
    [
      ['again', Buffer.from('first')],
      ['again', Buffer.from('second')],
      ['last', Buffer.from('x'.repeat(300))],
    ],
  ]
  return shapes[index % shapes.length] ?? []
}

function bytes(length: number, random: () => number): Buffer {
  const buffer = Buffer.alloc(length)
  for (let index = 0; index < length; index += 1) buffer[index] = Math.floor(random() * 256)
  return buffer
}
