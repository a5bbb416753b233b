/** One seed: a time of faults, then a time of peace in which the quorum must find itself again. */
import { replicaName } from '../../src/quorum/transitions.ts'
import { Violation } from './checks.ts'
import { emptyDisk } from './node.ts'
import type { Node } from './node.ts'
import { drawProfile } from './profile.ts'
import type { Profile } from './profile.ts'
import { Soup } from './soup.ts'

export interface Outcome {
  readonly seed: number
  readonly failure: Error | null
  readonly lines: readonly string[]
  readonly events: number
  readonly virtualMs: number
  readonly elections: number
  readonly committed: number
  readonly snapshotsInstalled: number
}

/** Peace is long enough for several elections in a row. */
const PEACE_MS = 8000

export function runSeed(seed: number, linesMax = 0): Outcome {
  const profile = drawProfile(seed)
  const soup = new Soup(profile, linesMax)
  let failure: Error | null = null
  try {
    chaos(soup, profile)
    peace(soup)
  } catch (error) {
    failure = error as Error
  }
  const epochs = soup.nodes.map(({ state }) => state?.epoch ?? 0)
  return {
    seed,
    failure,
    lines: soup.lines,
    events: soup.events,
    virtualMs: soup.nowMs,
    elections: Math.max(...epochs),
    committed: soup.checks.committed.length,
    snapshotsInstalled: soup.snapshotsInstalled,
  }
}

function chaos(soup: Soup, profile: Profile): void {
  for (const node of soup.nodes) soup.boot(node)
  const every = (meanMs: number, run: () => void): void => {
    const again = (): void => {
      if (soup.isCalm) return
      run()
      soup.after(meanMs * 2 * soup.prng.float(), again)
    }
    soup.after(meanMs * soup.prng.float(), again)
  }
  every(25, () => void soup.nodes.some((node) => soup.propose(node)))
  every(25, () => void soup.propose(soup.prng.pick(soup.nodes)))
  every(700, () => soup.takeSnapshot(soup.prng.pick(soup.nodes)))
  every(profile.faultEveryMs, () => fault(soup, profile))
  if (profile.kraftVersion === 1) every(900, () => changeVoters(soup))
  soup.runUntil(profile.chaosMs)
}

function fault(soup: Soup, profile: Profile): void {
  const { prng, nodes } = soup
  const node = prng.pick(nodes)
  switch (prng.int(0, 7)) {
    case 0:
    case 1: {
      soup.crash(node)
      restartLater(soup, node)
      return
    }
    case 2: {
      // The leader, more often than chance would have it.
      const leader = nodes.find(({ state }) => state?.role.name === 'leader')
      if (leader === undefined) return
      soup.crash(leader)
      restartLater(soup, leader)
      return
    }
    case 3: {
      const { life } = node
      node.isPaused = true
      soup.note(`node ${node.id} pauses`)
      soup.after(prng.float() * 1500, () => {
        if (node.life === life) node.isPaused = false
      })
      return
    }
    case 4:
    case 5: {
      const isOneWay = prng.chance(0.3)
      const group = new Set(nodes.filter(() => prng.chance(0.4)))
      for (const a of nodes) {
        for (const b of nodes) {
          if (group.has(a) === group.has(b)) continue
          if (!isOneWay || group.has(a)) soup.blocked.add(`${a.id}>${b.id}`)
        }
      }
      soup.note(`cut: ${[...soup.blocked].join(' ')}`)
      soup.after(prng.float() * 2000, () => soup.blocked.clear())
      return
    }
    case 6: {
      const leader = nodes.find(({ state }) => state?.role.name === 'leader')
      if (leader !== undefined) soup.feed(leader, { kind: 'resign' })
      return
    }
    default:
      if (profile.wipes && prng.chance(0.3)) wipe(soup, node)
  }
}

function restartLater(soup: Soup, node: Node): void {
  soup.bootLater(node, soup.prng.chance(0.5) ? 20 : 1000)
}

/** The node comes back with an empty disk: as somebody else. Only while a majority of the voters keeps its disks, whoever thinks what of the voters. */
function wipe(soup: Soup, node: Node): void {
  const isSafe = soup.nodes.every(({ state, disk }) => {
    const voters = state?.voters ?? []
    if (state === null) return disk === node.disk
    const intact = voters.filter((voter) =>
      soup.nodes.some(
        (other) =>
          other !== node &&
          replicaName({ id: other.id, directoryId: other.disk.directoryId }) === replicaName(voter),
      ),
    )
    return voters.length === 0 || intact.length * 2 > voters.length + 1
  })
  if (!isSafe) return
  soup.crash(node)
  soup.note(`node ${node.id} loses its disk`)
  soup.lostDisks.push({ ...node.disk, nodeId: node.id })
  Object.assign(node.disk, emptyDisk(soup.profile.directoryOf(node.id, ++soup.wipes)))
  node.delivered = 0
  node.forgetsVoters = true
  restartLater(soup, node)
}

function changeVoters(soup: Soup): void {
  const { prng, nodes } = soup
  const leader = nodes.find(({ state }) => state?.role.name === 'leader')
  if (leader?.state === null || leader === undefined) return
  const { voters } = leader.state
  const token = soup.token()
  const node = prng.pick(nodes)
  const key = { id: node.id, directoryId: node.disk.directoryId }
  const isVoter = voters.some((voter) => replicaName(voter) === replicaName(key))
  if (!isVoter && node.setup.canVote) {
    const stale = voters.find(({ id }) => id === node.id)
    if (stale !== undefined)
      return soup.feed(leader, { kind: 'removeVoterAsked', token, voter: stale })
    const range = { kraftVersionMin: 0, kraftVersionMax: 1 }
    const voter = { ...key, endpoints: [node.endpointOf(node.id)], ...range }
    const ackWhenCommitted = prng.chance(0.5)
    return soup.feed(leader, { kind: 'addVoterAsked', token, voter, ackWhenCommitted })
  }
  // To take one away that works while another's disk is lost may leave no majority: nobody should.
  const areIntact = voters.every((voter) =>
    nodes.some(
      ({ id, disk }) => replicaName({ id, directoryId: disk.directoryId }) === replicaName(voter),
    ),
  )
  if (isVoter && areIntact && voters.length > 1 && prng.chance(0.4)) {
    soup.feed(leader, { kind: 'removeVoterAsked', token, voter: key })
  }
}

/** Everybody is up and hears everybody: there must be one leader, and everybody must get what it commits. */
function peace(soup: Soup): void {
  soup.isCalm = true
  soup.blocked.clear()
  for (const node of soup.nodes) {
    node.isPaused = false
    if (node.state === null) soup.boot(node)
  }
  soup.note('peace')
  soup.runUntil(soup.nowMs + PEACE_MS)
  const leaders = soup.nodes.filter(({ state }) => state?.role.name === 'leader')
  const [leader] = leaders
  if (leaders.length !== 1 || leader === undefined || !soup.propose(leader)) {
    throw new Violation('liveness', `${leaders.length} leaders after the peace`)
  }
  soup.runUntil(soup.nowMs + 2000)
  const end = leader.logEnd
  for (const node of soup.nodes) {
    if (node.delivered >= end) continue
    const text = `node ${node.id} (${node.state?.role.name}) has ${node.delivered} of ${end}`
    throw new Violation('liveness', text)
  }
}
