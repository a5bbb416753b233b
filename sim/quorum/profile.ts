/** What one seed makes of a world. */
import { Prng, randomUuid } from '../../src/base/index.ts'
import type { QuorumTimings } from '../../src/quorum/state.ts'
import type { Voter } from '../../src/quorum/voters.ts'
import type { NodeSetup } from './node.ts'

export interface Profile {
  readonly seed: number
  readonly nodes: readonly NodeSetup[]
  readonly kraftVersion: number
  readonly chaosMs: number
  readonly lossChance: number
  readonly doubleChance: number
  readonly slowChance: number
  readonly delayMs: number
  readonly syncMs: number
  readonly crashInEffectsChance: number
  readonly crashAfterVoteChance: number
  /** Mean time between two faults. */
  readonly faultEveryMs: number
  readonly wipes: boolean
  directoryOf(id: number, generation: number): string
}

const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA'

export function drawProfile(seed: number): Profile {
  const prng = new Prng(seed ^ 0x51_0f_00_17)
  const voterCount = prng.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 7])
  const observerCount = prng.pick([0, 0, 1, 2])
  const kraftVersion = prng.int(0, 1)
  const joins = prng.chance(0.3)
  const timings: QuorumTimings = {
    electionTimeoutMs: 200,
    fetchTimeoutMs: 400,
    electionBackoffMaxMs: 200,
    requestTimeoutMs: 300,
    retryBackoffMs: 10,
  }
  const directories = new Map<string, string>()
  const directoryOf = (id: number, generation: number): string => {
    const key = `${id}/${generation}`
    const bytes = new Prng(seed * 31 + id * 1009 + generation)
    const known = directories.get(key) ?? randomUuid((size) => bytes.bytes(size))
    directories.set(key, known)
    return known
  }
  const voters: Voter[] = Array.from({ length: voterCount }, (_, index) => ({
    id: index + 1,
    directoryId: kraftVersion === 0 ? ZERO : directoryOf(index + 1, 0),
    endpoints: [{ name: 'CONTROLLER', host: `n${index + 1}`, port: 9093 }],
    kraftVersionMin: 0,
    kraftVersionMax: 1,
  }))
  const firstFacts = { kraftVersion, voters: kraftVersion === 0 ? null : voters }
  const nodes = Array.from({ length: voterCount + observerCount }, (_, index): NodeSetup => {
    const isObserver = index >= voterCount
    return {
      id: index + 1,
      canVote: !isObserver || prng.chance(0.7),
      autoJoin: joins,
      timings,
      // Only who was formatted as a voter knows the voters from the beginning.
      firstFacts: isObserver && kraftVersion === 1 ? { kraftVersion: 0, voters: null } : firstFacts,
      staticVoters: kraftVersion === 0 ? voters : [],
      bootstrap: voters,
    }
  })
  return {
    seed,
    nodes,
    kraftVersion,
    chaosMs: prng.int(2000, 12_000),
    lossChance: prng.pick([0, 0.01, 0.05, 0.2]),
    doubleChance: prng.pick([0, 0.05, 0.3]),
    slowChance: prng.pick([0, 0.05, 0.2]),
    delayMs: prng.pick([1, 5, 20]),
    syncMs: prng.pick([1, 10, 50]),
    crashInEffectsChance: prng.pick([0, 0.0005, 0.005]),
    crashAfterVoteChance: prng.pick([0, 0.05, 0.3]),
    faultEveryMs: prng.pick([150, 400, 1500]),
    wipes: kraftVersion === 1 && voterCount >= 3 && prng.chance(0.4),
    directoryOf,
  }
}
