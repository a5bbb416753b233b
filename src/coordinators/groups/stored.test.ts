import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../base/index.ts'
import {
  groupMetadataRecord,
  groupTombstone,
  offsetCommitRecord,
  offsetTombstone,
} from './records.ts'
import { groupFromLog } from './state.ts'
import { hasOpenTransaction, isPending, StoredGroups } from './stored.ts'

function commitOf(partition: number, offset: number): { key: Buffer; value: Buffer | null } {
  return offsetCommitRecord('g', 't', partition, {
    offset,
    leaderEpoch: -1,
    metadata: '',
    commitTimestampMs: 1,
    expireTimestampMs: -1,
    topicId: ZERO_UUID,
  })
}

class Log {
  readonly stored = new StoredGroups()
  #offset = 0

  write(record: { key: Buffer; value: Buffer | null }, transactionalProducerId = -1): this {
    this.stored.apply({ ...record, offset: this.#offset++, transactionalProducerId })
    return this
  }

  end(producerId: number, isCommit: boolean): this {
    this.#offset += 1
    this.stored.applyMarker({ producerId, isCommit })
    return this
  }

  offset(partition: number): number | undefined {
    return this.stored.offsets.get('g')?.get('t')?.get(partition)?.offset
  }
}

describe('the fold of the log', () => {
  it('keeps the newest value of each key', () => {
    const log = new Log().write(commitOf(0, 1)).write(commitOf(1, 2)).write(commitOf(0, 3))
    expect([log.offset(0), log.offset(1)]).toEqual([3, 2])
    log.write(offsetTombstone('g', 't', 0)).write(offsetTombstone('g', 't', 1))
    expect(log.stored.offsets.size).toBe(0)
  })

  it('keeps its own copy of what it keeps', () => {
    const record = groupMetadataRecord('g', {
      protocolType: '',
      generation: 0,
      protocol: null,
      leader: null,
      members: [],
    })
    const log = new Log().write(record)
    const before = Buffer.from(record.value ?? '')
    record.value?.fill(0)
    expect(log.stored.metadata.get('g')).toEqual(before)
    log.write(groupTombstone('g'))
    expect(log.stored.metadata.size).toBe(0)
  })

  it('passes over records of other group protocols', () => {
    const log = new Log().write({ key: Buffer.from('0003000167', 'hex'), value: Buffer.from('x') })
    expect(log.stored).toEqual(new StoredGroups())
  })
})

describe('offsets of transactions', () => {
  it('count when the transaction is committed', () => {
    const log = new Log().write(commitOf(0, 1)).write(commitOf(0, 5), 7)
    expect(log.offset(0)).toBe(1)
    expect(isPending(log.stored, 'g', 't', 0)).toBe(true)
    expect(isPending(log.stored, 'g', 't', 1)).toBe(false)
    log.end(8, true)
    expect(log.offset(0)).toBe(1)
    log.end(7, true)
    expect(log.offset(0)).toBe(5)
    expect(hasOpenTransaction(log.stored, 'g')).toBe(false)
  })

  it('are forgotten when it is aborted', () => {
    const log = new Log().write(commitOf(0, 5), 7).end(7, false)
    expect(log.offset(0)).toBeUndefined()
    expect(hasOpenTransaction(log.stored, 'g')).toBe(false)
  })

  it('yield to a plain commit that stands behind them in the log', () => {
    const log = new Log().write(commitOf(0, 5), 7).write(commitOf(0, 3)).end(7, true)
    expect(log.offset(0)).toBe(3)
  })

  it('are deleted by a tombstone', () => {
    const log = new Log()
      .write(commitOf(0, 5), 7)
      .write(offsetTombstone('g', 't', 0))
      .end(7, true)
    expect(log.offset(0)).toBeUndefined()
  })
})

describe('a group from the log', () => {
  const member = {
    memberId: 'm',
    clientId: 'c',
    clientHost: '/127.0.0.1',
    sessionTimeout: 10_000,
    subscription: Buffer.from('s'),
    assignment: Buffer.from('a'),
  }
  const metadata = { protocolType: 'connect', generation: 3, protocol: 'p', leader: 'm' }

  it('is stable with the members that were written', () => {
    const record = groupMetadataRecord('g', {
      ...metadata,
      currentStateTimestamp: 17,
      members: [{ ...member, groupInstanceId: 'i', rebalanceTimeout: 60_000 }],
    })
    const group = groupFromLog('g', record.value ?? Buffer.alloc(0))
    expect(group).toMatchObject({ state: 'Stable', generationId: 3, stateSinceMs: 17 })
    expect(group.members.get('m')).toMatchObject({
      groupInstanceId: 'i',
      rebalanceTimeoutMs: 60_000,
      protocols: [{ name: 'p', metadata: Buffer.from('s') }],
      assignment: Buffer.from('a'),
    })
  })

  it('may come from a record of old, which says less', () => {
    const record = groupMetadataRecord('g', { ...metadata, members: [member] })
    const group = groupFromLog('g', record.value ?? Buffer.alloc(0))
    expect(group.stateSinceMs).toBeNull()
    expect(group.members.get('m')).toMatchObject({ rebalanceTimeoutMs: 10_000 })
  })
})
