import { afterEach, describe, expect, test } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUuid } from '../base/index.ts'
import { nodeIo } from '../io/index.ts'
import { LogManager } from '../log/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { buildBatch, readBatchHeader } from '../records/index.ts'
import { PendingAcks } from './acks.ts'
import type { PendingAck } from './acks.ts'
import { awaitBytes } from './fetch-wait.ts'
import { policyWith } from './cluster.conformance.ts'
import type { LeaderEnv } from './leader.ts'
import type { LeaderAssignment } from './leader-state.ts'
import { Partition } from './partition.ts'
import type { FetchOutcome, FetchSpec } from './partition-read.ts'
import { ReplicationThrottle } from './throttle.ts'

const io = nodeIo({ telemetry: { level: 'error' } })
const cleanups: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const alone: LeaderAssignment = { leaderEpoch: 3, partitionEpoch: 0, replicas: [1], isr: [1] }
const env: LeaderEnv = {
  nodeId: 1,
  clock: io.clock,
  brokers: { epochOf: () => 7, isActive: () => true },
  lagMsMax: () => 30_000,
  throttle: new ReplicationThrottle(() => Infinity),
  propose: () => {},
}

async function makePartition(
  flushBeforeAck: boolean,
  overrides: Partial<LeaderAssignment> & { minInsyncReplicas?: number } = {},
): Promise<Partition> {
  const dir = mkdtempSync(join(tmpdir(), 'highwater-partition-'))
  const policy = policyWith({ flushBeforeAck }, overrides.minInsyncReplicas ?? 1)
  const logs = await LogManager.open(io, {
    dirs: [dir],
    clusterId: 'c',
    nodeId: 1,
    format: true,
    configOf: () => policy.log,
  })
  cleanups.push(async () => {
    await logs.close()
    rmSync(dir, { recursive: true, force: true })
  })
  const topicId = randomUuid((size) => io.entropy.randomBytes(size))
  const partition = new Partition(logs.create('t', 0, topicId, policy.log), topicId, policy)
  partition.lead({ ...alone, ...overrides }, policy, env)
  return partition
}

function pendingAcks(acks: readonly PendingAck[]): PendingAcks {
  const pending = new PendingAcks()
  for (const ack of acks) pending.add(ack)
  return pending
}

const never = () => () => {}

function batchOf(value: string): { buffer: Buffer; header: ReturnType<typeof readBatchHeader> } {
  const buffer = buildBatch([{ key: null, value: Buffer.from(value), timestampMs: 1 }], {})
  return { buffer, header: readBatchHeader(buffer, 0) }
}

const fromStart: FetchSpec = {
  offset: 0,
  maxBytes: 1_000_000,
  minOneBatch: true,
  readCommitted: false,
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
}

describe('Partition', () => {
  test('in page-cache mode an append is committed at once', async () => {
    const partition = await makePartition(false)
    expect(partition.append(batchOf('a'), -1)).toMatchObject({
      ok: true,
      baseOffset: 0,
      offsetEnd: 1,
      isAcked: true,
    })
    expect(partition.highWatermark).toBe(1)
  })

  test('with flush before ack nothing is acknowledged or visible before the disk has it', async () => {
    const partition = await makePartition(true)
    for (const acks of [-1, 1] as const) {
      const appended = partition.append(batchOf('a'), acks)
      expect(appended).toMatchObject({ ok: true, isAcked: false })
      const end = partition.log.logEnd
      expect(partition.highWatermark).toBe(end - 1)
      expect((await partition.fetch({ ...fromStart, offset: end - 1 })).records.length).toBe(0)
      const codes: number[] = []
      const pending = { partition, acks, offsetEnd: end, done: (code: number) => codes.push(code) }
      await pendingAcks([pending]).settled(io.clock, 5_000)
      expect(codes).toEqual([0])
      expect(partition.log.durableEnd).toBe(end)
      expect(partition.highWatermark).toBe(end)
    }
    expect(partition.append(batchOf('b'), 0)).toMatchObject({ ok: true, isAcked: true })
  })

  test('appends that come during a flush are acknowledged, too', async () => {
    const partition = await makePartition(true)
    const codes: number[] = []
    const pending = Array.from({ length: 20 }, () => {
      partition.append(batchOf('x'), -1)
      return {
        partition,
        acks: -1 as const,
        offsetEnd: partition.log.logEnd,
        done: (code: number) => codes.push(code),
      }
    })
    await pendingAcks(pending).settled(io.clock, 5_000)
    expect(codes).toEqual(Array.from({ length: 20 }, () => 0))
  })

  test('refuses acks=all with too few replicas in sync, but not acks=1', async () => {
    const partition = await makePartition(false, { minInsyncReplicas: 2, replicas: [1, 2] })
    expect(partition.append(batchOf('a'), -1)).toMatchObject({
      ok: false,
      errorCode: errorCodes.NOT_ENOUGH_REPLICAS,
    })
    expect(partition.log.logEnd).toBe(0)
    expect(partition.append(batchOf('a'), 1)).toMatchObject({ ok: true })
  })

  test('a new leader epoch fails who waits under the old one', async () => {
    const partition = await makePartition(true)
    partition.append(batchOf('a'), -1)
    const codes: number[] = []
    const pending = pendingAcks([
      { partition, acks: -1, offsetEnd: 1, done: (code) => codes.push(code) },
    ])
    const waiting = pending.settled(io.clock, 5_000)
    partition.lead({ ...alone, leaderEpoch: 4 }, partition.policy, env)
    await waiting
    expect(codes).toEqual([errorCodes.NOT_LEADER_OR_FOLLOWER])
  })

  test('an epoch that was led without a record is forgotten by who follows', async () => {
    const partition = await makePartition(false)
    partition.append(batchOf('a'), -1)
    partition.lead({ ...alone, leaderEpoch: 4 }, partition.policy, env)
    expect(partition.log.latestEpoch).toBe(4)
    const { telemetry } = io
    const options = { leaderId: 2, leaderEpoch: 5, flushBeforeAck: false, telemetry }
    partition.follow(options, partition.policy, () => {})
    await partition.follower?.busy
    expect(partition.log.latestEpoch).toBe(3)
  })

  test('an ack that does not come in time is a time-out', async () => {
    const partition = await makePartition(false)
    const codes: number[] = []
    const pending = pendingAcks([
      { partition, acks: -1, offsetEnd: 99, done: (code) => codes.push(code) },
    ])
    await pending.settled(io.clock, 5)
    expect(codes).toEqual([errorCodes.REQUEST_TIMED_OUT])
  })

  test('what is flushed before the request asks is acknowledged all the same', async () => {
    const partition = await makePartition(true)
    const codes: number[] = []
    partition.append(batchOf('a'), -1)
    const pending = pendingAcks([
      { partition, acks: -1, offsetEnd: 1, done: (code) => codes.push(code) },
    ])
    await partition.log.whenDurable(1)
    await pending.settled(io.clock, 5_000)
    expect(codes).toEqual([0])
  })

  test('checks the epochs of a fetch (KIP-320, KIP-595)', async () => {
    const partition = await makePartition(false)
    partition.append(batchOf('a'), -1)
    const fetch = async (spec: Partial<FetchSpec>): Promise<FetchOutcome> =>
      partition.fetch({ ...fromStart, ...spec })
    expect((await fetch({ currentLeaderEpoch: 2 })).errorCode).toBe(errorCodes.FENCED_LEADER_EPOCH)
    expect((await fetch({ currentLeaderEpoch: 4 })).errorCode).toBe(errorCodes.UNKNOWN_LEADER_EPOCH)
    expect((await fetch({ offset: 2 })).errorCode).toBe(errorCodes.OFFSET_OUT_OF_RANGE)
    expect(await fetch({ offset: 1 })).toMatchObject({
      errorCode: 0,
      highWatermark: 1,
      lastStableOffset: 1,
    })
    expect((await fetch({ offset: 1, lastFetchedEpoch: 3 })).divergingEpoch).toBeNull()
    expect((await fetch({ offset: 1, lastFetchedEpoch: 2 })).divergingEpoch).not.toBeNull()
    expect(await fetch({ offset: 1, lastFetchedEpoch: 4 })).toMatchObject({
      errorCode: errorCodes.OFFSET_OUT_OF_RANGE,
      divergingEpoch: null,
    })
  })

  test('a waiting fetch wakes when enough bytes have become visible, or when time is up', async () => {
    const partition = await makePartition(false)
    let woken = false
    const { buffer } = batchOf('a')
    const waiting = awaitBytes(
      io.clock,
      [partition.readers],
      0,
      buffer.length + 1,
      60_000,
      never,
    ).then(() => (woken = true))
    partition.append(batchOf('a'), -1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(woken).toBe(false)
    partition.append(batchOf('b'), -1)
    await waiting
    expect(partition.readers.count).toBe(0)
    expect(await awaitBytes(io.clock, [partition.readers], 0, 1, 5, never)).toBe(true)
    expect(partition.readers.count).toBe(0)
  })

  test('a fetch whose client is gone waits no longer', async () => {
    const partition = await makePartition(false)
    let leave: () => void = () => {}
    const waiting = awaitBytes(io.clock, [partition.readers], 0, 1, 2 ** 31 - 1, (handler) => {
      leave = handler
      return () => {}
    })
    expect(partition.readers.count).toBe(1)
    leave()
    expect(await waiting).toBe(false)
    expect(partition.readers.count).toBe(0)
  })
})
