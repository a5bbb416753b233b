import { describe, expect, it } from 'vitest'
import type { Machine } from '../../sim/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { QuorumError } from './error.ts'
import { Cluster, endpointOf } from './quorum-cluster.conformance.ts'
import type { Member } from './quorum-cluster.conformance.ts'
import type { Quorum } from './quorum-driver.ts'
import { LOG_DIR, marked } from './quorum-harness.conformance.ts'

describe.each([
  ['configured voters', false],
  ['voters in the log', true],
])('a quorum of three with %s', (_name, isDynamic) => {
  it('elects one leader, and everybody gets what it commits', async () => {
    const cluster = await Cluster.start({ voters: 3, observers: 1, isDynamic })
    for (let i = 0; i < 10; i++) await cluster.propose(`a${i}`)
    expect(await cluster.converged(10)).toHaveLength(10)
    const leaders = cluster.members.filter(
      ({ running }) => running?.changes.at(-1)?.isSelf === true,
    )
    expect(leaders).toHaveLength(1)
    for (const { running } of cluster.members) {
      expect(running?.quorum.leaderId).toBe(leaders[0]?.id)
      expect(running?.quorum.kraftVersion).toBe(isDynamic ? 1 : 0)
    }
  })

  it('elects another leader soon when the first is killed, and the first comes back', async () => {
    const cluster = await Cluster.start({ voters: 3, isDynamic })
    await cluster.propose('before')
    const first = await cluster.leader()
    const member = cluster.members.find(({ id }) => id === first.id)
    if (member === undefined) return
    cluster.kill(member)
    const killedMs = cluster.world.nowMs
    const second = await cluster.leader()
    expect(second.id).not.toBe(first.id)
    expect(cluster.world.nowMs - killedMs).toBeLessThan(500)
    await cluster.propose('meanwhile')
    await cluster.boot(member)
    expect(await cluster.converged(2)).toEqual(['before', 'meanwhile'])
  })
})

describe('a quorum of three', () => {
  it('hands its leadership over when the leader stops in order', async () => {
    const cluster = await Cluster.start({ voters: 3 })
    await cluster.propose('before')
    const first = await cluster.leader()
    const { world } = cluster
    const startedMs = world.nowMs
    await cluster.run(first.running.quorum.close())
    cluster.kill(memberOf(cluster, first.id))
    const second = await cluster.leader()
    expect(second.id).not.toBe(first.id)
    expect(world.nowMs - startedMs).toBeLessThan(300)
    expect(first.running.changes.at(-1)).toMatchObject({ isSelf: false })
  })

  it('goes on without a leader that is cut off, which acknowledges nothing any more', async () => {
    const cluster = await Cluster.start({ voters: 3 })
    await cluster.propose('before')
    const first = await cluster.leader()
    const others = cluster.members.filter(({ id }) => id !== first.id)
    for (const { machine } of others) cut(cluster, first.machine, machine, true)
    const outcome = first.running.quorum.propose([marked('lost')]).then(
      () => 'acknowledged',
      (error: unknown) => (error instanceof QuorumError ? error.code : String(error)),
    )
    await cluster.world.run({ forMs: 8000 })
    expect(await cluster.run(outcome)).toBe('NOT_LEADER')
    const second = others.find(({ running }) => running?.changes.at(-1)?.isSelf === true)
    expect(second).toBeDefined()
    await cluster.propose('meanwhile')
    for (const { machine } of others) cut(cluster, first.machine, machine, false)
    expect(await cluster.converged(2)).toEqual(['before', 'meanwhile'])
    expect(first.running.failures).toEqual([])
  })

  it('does not leave a leader for one voter that cannot hear it', async () => {
    const cluster = await Cluster.start({ voters: 3 })
    await cluster.propose('before')
    const leader = await cluster.leader()
    const [deaf] = cluster.members.filter(({ id }) => id !== leader.id)
    if (deaf === undefined) return
    cut(cluster, leader.machine, deaf.machine, true)
    await cluster.world.run({ forMs: 15_000 })
    expect(leader.running.quorum.epoch).toBe(1)
    expect(leader.running.changes.at(-1)?.isSelf).toBe(true)
    await cluster.propose('meanwhile')
    cut(cluster, leader.machine, deaf.machine, false)
    expect(await cluster.converged(2)).toEqual(['before', 'meanwhile'])
    expect(leader.running.quorum.epoch).toBe(1)
  })

  it('lets no voter vote that lost its disk', async () => {
    const cluster = await Cluster.start({ voters: 3, isDynamic: true })
    await cluster.propose('before')
    const leader = await cluster.leader()
    const [wiped, dead] = cluster.members.filter(({ id }) => id !== leader.id)
    if (wiped === undefined || dead === undefined) return
    cluster.kill(wiped)
    wiped.machine.process('wipe').io.disk.removeTree(LOG_DIR)
    await cluster.format(wiped, 'anotherDirectory____AA', false)
    await cluster.boot(wiped)
    expect(await cluster.converged(1)).toEqual(['before'])
    cluster.kill(dead)
    const answer = await Promise.race([
      leader.running.quorum.propose([marked('minority')]).then(
        () => 'acknowledged',
        () => 'refused',
      ),
      cluster.world.run({ forMs: 10_000 }).then(() => 'no answer'),
    ])
    expect(answer).not.toBe('acknowledged')
    expect(cluster.members.every(({ running }) => running?.changes.at(-1)?.isSelf !== true)).toBe(
      true,
    )
    await cluster.boot(dead)
    await cluster.propose('after')
  })

  it('brings a voter that was away for long back by a snapshot', async () => {
    const retention = { snapshotAfterBytes: 600, snapshotDelayMs: 0, retainedBytes: 2000 }
    const cluster = await Cluster.start({
      voters: 3,
      isDynamic: true,
      overrides: { retention, snapshotBytesMax: 100 },
    })
    await cluster.propose('first')
    const leader = await cluster.leader()
    const away = memberOf(cluster, (leader.id % 3) + 1)
    cluster.kill(away)
    for (let i = 0; i < 60; i++) await cluster.propose(`m${i}`)
    const { quorum } = await cluster.boot(away)
    expect(await cluster.converged(61)).toHaveLength(61)
    expect(away.running?.listener.records.length).toBeLessThan(60)
    expect(quorum.voters).toHaveLength(3)
    cluster.kill(memberOf(cluster, leader.id))
    await cluster.propose('last')
    expect(await cluster.converged(62)).toHaveLength(62)
  })
})

describe('the voters of a quorum', () => {
  it('grow by one that has caught up, and shrink again, the leader too', async () => {
    const cluster = await Cluster.start({ voters: 1, observers: 2, isDynamic: true })
    await cluster.propose('alone')
    const [first, second, third] = cluster.members as [Member, Member, Member]
    for (const member of [second, third]) {
      await cluster.converged(1)
      await cluster.world.run({ forMs: 1000 })
      expect(await add(cluster, member)).toMatchObject({ errorCode: 0 })
    }
    expect(await add(cluster, third)).toMatchObject({ errorCode: errorCodes.DUPLICATE_VOTER })
    const leader = await cluster.leader()
    expect(leader.running.quorum.voters.map(({ id }) => id)).toEqual([1, 2, 3])
    await cluster.propose('three')
    const { running } = first
    const answer = await cluster.run(running?.quorum.removeRaftVoter(keyOf(first)) ?? no())
    expect(answer).toMatchObject({ errorCode: 0 })
    await cluster.world.run({ forMs: 100 })
    const next = await cluster.leader()
    expect(next.id).not.toBe(1)
    expect(next.running.quorum.voters.map(({ id }) => id)).toEqual([2, 3])
    await cluster.propose('two')
    expect(await cluster.converged(3)).toEqual(['alone', 'three', 'two'])
  })

  it('do not take in who has not caught up, or is of another cluster', async () => {
    const cluster = await Cluster.start({ voters: 1, observers: 1, isDynamic: true })
    const [, second] = cluster.members as [Member, Member]
    cluster.kill(second)
    expect(await add(cluster, second)).toMatchObject({ errorCode: errorCodes.REQUEST_TIMED_OUT })
    const request = { ...addRequest(second), clusterId: 'another' }
    const leader = await cluster.leader()
    expect(await cluster.run(leader.running.quorum.addRaftVoter(request))).toMatchObject({
      errorCode: errorCodes.INCONSISTENT_CLUSTER_ID,
    })
  })

  it('are described with how far each is', async () => {
    const cluster = await Cluster.start({ voters: 3, observers: 1, isDynamic: true })
    await cluster.propose('a')
    await cluster.converged(1)
    await cluster.world.run({ forMs: 1000 })
    const leader = await cluster.leader()
    const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]
    const answer = await cluster.run(leader.running.quorum.describeQuorum({ topics }))
    const [partition] = answer.topics[0]?.partitions ?? []
    const { nextOffset } = leader.running.quorum
    expect(partition).toMatchObject({
      errorCode: 0,
      leaderId: leader.id,
      highWatermark: nextOffset,
    })
    const rows = [...(partition?.currentVoters ?? []), ...(partition?.observers ?? [])]
    expect(rows.map(({ replicaId }) => replicaId)).toEqual([1, 2, 3, 4])
    for (const row of rows) {
      expect(row.logEndOffset).toBe(nextOffset)
      const agoMs = leader.machine.wallMs - Number(row.lastCaughtUpTimestamp)
      expect(agoMs).toBeGreaterThanOrEqual(0)
      expect(agoMs).toBeLessThan(1500)
    }
    const other = cluster.members.find(({ id }) => id !== leader.id)?.running
    const refused = await cluster.run(other?.quorum.describeQuorum({ topics }) ?? no())
    expect(refused.topics[0]?.partitions[0]).toMatchObject({ errorCode: 6, leaderId: leader.id })
  })

  it('take in again who lost its disk, where it may ask to join', async () => {
    const cluster = await Cluster.start({
      voters: 3,
      isDynamic: true,
      overrides: { autoJoin: true },
    })
    await cluster.propose('before')
    const leader = await cluster.leader()
    const wiped = memberOf(cluster, (leader.id % 3) + 1)
    cluster.kill(wiped)
    wiped.machine.process('wipe').io.disk.removeTree(LOG_DIR)
    await cluster.format(wiped, 'anotherDirectory____AA', false)
    await cluster.boot(wiped)
    await cluster.world.run({ forMs: 10_000 })
    const voters = leader.running.quorum.voters.map(({ id, directoryId }) => ({ id, directoryId }))
    expect(voters).toHaveLength(3)
    expect(voters).toContainEqual({ id: wiped.id, directoryId: 'anotherDirectory____AA' })
    cluster.kill(memberOf(cluster, 6 - leader.id - wiped.id))
    await cluster.propose('after')
  })

  it('follow the address of one that moved', async () => {
    const cluster = await Cluster.start({ voters: 3, isDynamic: true })
    await cluster.propose('a')
    const leader = await cluster.leader()
    const moved = memberOf(cluster, (leader.id % 3) + 1)
    cluster.kill(moved)
    const endpoint = { name: 'CONTROLLER', host: moved.machine.address, port: 9093 }
    await cluster.boot(moved, { endpoints: [endpoint] })
    await cluster.world.run({ forMs: 8000 })
    const voter = leader.running.quorum.voters.find(({ id }) => id === moved.id)
    expect(voter?.endpoints).toEqual([endpoint])
  })
})

function memberOf(cluster: Cluster, id: number): Member {
  const member = cluster.members.find((other) => other.id === id)
  if (member === undefined) throw new Error(`No member ${id}`)
  return member
}

function no(): never {
  throw new Error('It does not run')
}

function cut(cluster: Cluster, a: Machine, b: Machine, isCut: boolean): void {
  const { network } = cluster.world
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    if (isCut) network.block(from, to)
    else network.unblock(from, to)
  }
}

function keyOf({ id, directoryId }: Member): Parameters<Quorum['removeRaftVoter']>[0] {
  return { clusterId: null, voterId: id, voterDirectoryId: directoryId }
}

function addRequest(member: Member): Parameters<Quorum['addRaftVoter']>[0] {
  const listeners = [endpointOf(member.id)]
  return { ...keyOf(member), timeoutMs: 5000, listeners, ackWhenCommitted: true }
}

async function add(cluster: Cluster, member: Member): Promise<unknown> {
  const { running } = await cluster.leader()
  return cluster.run(running.quorum.addRaftVoter(addRequest(member)))
}
