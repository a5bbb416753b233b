import { describe, expect, it } from 'vitest'
import { encodeRecord, metadataRecord } from '../metadata/index.ts'
import { wholeBatches } from '../records/index.ts'
import {
  decodeSnapshot,
  encodeSnapshot,
  parseSnapshotFileName,
  snapshotFileName,
} from './snapshot-file.ts'
import type { Snapshot, SnapshotDraft } from './snapshot-file.ts'

const voter = {
  id: 1,
  directoryId: 'QQQQQQQQQQQQQQQQQQQQQQ',
  endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }],
  kraftVersionMin: 0,
  kraftVersionMax: 1,
}
const records = Array.from({ length: 5000 }, (_, i) =>
  metadataRecord('config', {
    resourceType: 4,
    resourceName: '',
    name: `key-${i}`,
    value: 'x'.repeat(200),
  }),
)

function encode(overrides: Partial<SnapshotDraft> = {}): Buffer {
  const draft = {
    epoch: 3,
    lastContainedLogTimestampMs: 42,
    nowMs: 77,
    facts: { kraftVersion: 1, voters: [voter] },
    values: records.map((record) => encodeRecord(record, 30)),
    ...overrides,
  }
  return Buffer.concat([...encodeSnapshot(draft)])
}

describe('a snapshot', () => {
  it('has names that sort by offset, and no other names', () => {
    const id = { offsetEnd: 1234, epoch: 7 }
    expect(snapshotFileName(id)).toBe('00000000000000001234-0000000007.checkpoint')
    expect(parseSnapshotFileName(snapshotFileName(id))).toEqual(id)
    for (const name of [`${snapshotFileName(id)}.part`, 'bootstrap.checkpoint', 'x']) {
      expect(parseSnapshotFileName(name)).toBeNull()
    }
  })

  it('survives a round trip', () => {
    const snapshot = decodeSnapshot(encode()) as Snapshot
    expect(snapshot.lastContainedLogTimestampMs).toBe(42)
    expect(snapshot.facts).toEqual({ kraftVersion: 1, voters: [voter] })
    expect([...snapshot.records()]).toEqual(records)
  })

  it('has several data batches of the epoch, offsets without gaps, and only with kraft.version 1 the voters', () => {
    const headers = [...wholeBatches(encode())]
    expect(headers.length).toBeGreaterThan(4)
    expect(headers.every(({ leaderEpoch, magic }) => leaderEpoch === 3 && magic === 2)).toBe(true)
    expect(headers[0]?.recordCount).toBe(3)
    expect(headers[1]?.baseOffset).toBe(3)
    const old = encode({ facts: { kraftVersion: 0, voters: null }, values: [] })
    expect([...wholeBatches(old)].map(({ recordCount }) => recordCount)).toEqual([1, 1])
    expect((decodeSnapshot(old) as Snapshot).facts.voters).toBeNull()
  })

  it('of a new cluster is as large as Apache Kafka writes it', () => {
    // Observed with 4.3: 241 bytes for a voter at localhost.
    expect(encode({ values: [] })).toHaveLength(241)
  })

  it('is refused when it is cut anywhere or any byte is changed', () => {
    const whole = encode({ values: records.slice(0, 3).map((record) => encodeRecord(record, 30)) })
    for (let size = 0; size < whole.length; size++) {
      expect(typeof decodeSnapshot(whole.subarray(0, size))).toBe('string')
    }
    // Leader epochs lie outside the checksum.
    const starts = [...wholeBatches(whole)].map(({ position }) => position)
    for (let at = 0; at < whole.length; at++) {
      if (starts.some((start) => at >= start + 12 && at < start + 16)) continue
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] as number) ^ 0x10
      expect(typeof decodeSnapshot(damaged)).toBe('string')
    }
  })

  it('is refused when a batch in the middle is missing', () => {
    const batches = [
      ...encodeSnapshot({
        epoch: 1,
        lastContainedLogTimestampMs: 0,
        nowMs: 0,
        facts: { kraftVersion: 0, voters: null },
        values: records.map((record) => encodeRecord(record, 30)),
      }),
    ]
    expect(decodeSnapshot(Buffer.concat(batches.toSpliced(2, 1)))).toMatch(/offset/)
  })
})
