/** Three quorums over real logs on simulated disks and a bad network: what was acknowledged is never lost, and everybody gets the same. */
import { expect, it } from 'vitest'
import { Prng } from '../base/index.ts'
import { Cluster } from './quorum-cluster.conformance.ts'
import type { Member } from './quorum-cluster.conformance.ts'
import { marked, marksOf } from './quorum-harness.conformance.ts'

const SEEDS = 10
const ROUNDS = 25
const VOTERS = 3

async function fault(cluster: Cluster, prng: Prng): Promise<void> {
  const { network } = cluster.world
  const leader = cluster.members.find(({ running }) => running?.changes.at(-1)?.isSelf === true)
  const member = prng.chance(0.6) && leader !== undefined ? leader : prng.pick(cluster.members)
  const other = prng.pick(cluster.members)
  switch (prng.int(0, 6)) {
    case 0:
      return cluster.kill(member)
    case 1:
      cluster.kill(member)
      member.machine.powerCut()
      await cluster.world.run({ forMs: prng.int(0, 500) })
      return member.machine.powerOn()
    case 2:
      if (member !== other) network.partition([member.machine], [other.machine])
      return
    case 3:
      return network.block(member.machine, other.machine)
    case 4:
      return member.running?.process.freeze()
    case 5:
      return network.cut(() => prng.chance(0.5))
    default:
  }
}

async function heal(cluster: Cluster): Promise<void> {
  cluster.world.network.heal()
  for (const member of cluster.members) {
    member.running?.process.thaw()
    if (member.running === null) await cluster.boot(member)
  }
}

function propose(cluster: Cluster, name: string, acknowledged: Set<string>): void {
  for (const { running } of cluster.members) {
    if (running?.changes.at(-1)?.isSelf !== true || running.process.isFrozen) continue
    running.quorum.propose([marked(name)]).then(
      () => acknowledged.add(name),
      () => undefined,
    )
  }
}

function failuresOf({ running }: Member): string[] {
  return running?.failures ?? []
}

it('keeps what it acknowledged through kills, power cuts, freezes and partitions', async () => {
  let acknowledgedInAll = 0
  let epochs = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const prng = new Prng(seed)
    const timings = { electionTimeoutMs: 200, fetchTimeoutMs: 400, electionBackoffMaxMs: 200 }
    const retention = { snapshotAfterBytes: 3000, snapshotDelayMs: 0, retainedBytes: 8000 }
    const cluster = await Cluster.start({
      seed,
      voters: VOTERS,
      observers: seed % 2,
      isDynamic: prng.chance(0.5),
      network: { delayMs: [0.2, prng.pick([1, 20])], stallChance: 0.01, cutChance: 0.002 },
      overrides: { retention, timings, snapshotBytesMax: 700 },
    })
    const acknowledged = new Set<string>()
    for (let round = 0; round < ROUNDS; round++) {
      if (prng.chance(0.4)) await fault(cluster, prng)
      for (let i = 0; i < 5; i++) {
        propose(cluster, `s${seed}r${round}n${i}`, acknowledged)
        await cluster.world.run({ forMs: prng.int(1, 200) })
      }
      if (prng.chance(0.3)) await heal(cluster)
    }
    await heal(cluster)
    await cluster.propose(`s${seed}end`)
    const marks = await cluster.converged(acknowledged.size + 1)
    for (const mark of acknowledged) expect(marks).toContain(mark)
    expect(marks).toContain(`s${seed}end`)
    for (const member of cluster.members) {
      expect(failuresOf(member)).toEqual([])
      // Once each, whatever was sent twice on the way. (The last one is proposed again when its outcome is unknown.)
      const all = marksOf(member.running?.listener.records ?? [])
      const inOrder = all.filter((mark) => !mark.endsWith('end'))
      expect(inOrder).toEqual([...new Set(inOrder)])
    }
    acknowledgedInAll += acknowledged.size
    epochs += Math.max(...cluster.members.map(({ running }) => running?.quorum.epoch ?? 0))
    for (const member of cluster.members) cluster.kill(member)
  }
  expect(acknowledgedInAll).toBeGreaterThan(SEEDS * 30)
  expect(epochs).toBeGreaterThan(SEEDS * 3)
})
