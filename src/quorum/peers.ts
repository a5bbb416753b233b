/** Where other replicas are. */
import type { Address, HostPort, QuorumState } from './state.ts'
import type { Voter, VoterEndpoint } from './voters.ts'

/** The voters besides this replica. */
export function otherVoters({ voters, self }: QuorumState): Voter[] {
  return voters.filter(({ id }) => id !== self.id)
}

/** The endpoint that controllers use among themselves. */
export function chooseEndpoint(
  endpoints: readonly VoterEndpoint[],
  listenerName: string | null,
): HostPort | null {
  const named = endpoints.find(({ name }) => name === listenerName) ?? endpoints[0]
  return named === undefined ? null : { host: named.host, port: named.port }
}

/** Null: the voter set names no endpoint of it. */
export function addressOf({ listenerName }: QuorumState, { id, endpoints }: Voter): Address | null {
  const endpoint = chooseEndpoint(endpoints, listenerName)
  return endpoint === null ? null : { id, ...endpoint }
}

/** As the voter set has it; this node's own as its configuration has it. */
export function knownEndpoint(state: QuorumState, id: number): HostPort | null {
  const { self, selfEndpoints, listenerName, voters } = state
  const own = id === self.id ? chooseEndpoint(selfEndpoints, listenerName) : null
  const voter = voters.find((other) => other.id === id)
  return own ?? chooseEndpoint(voter?.endpoints ?? [], listenerName)
}

/** Somebody who may know the leader: another voter, or a bootstrap server. Null: nobody is known. */
export function someAddress(state: QuorumState, random: number): Address | null {
  const voters = otherVoters(state)
    .map((voter) => addressOf(state, voter))
    .filter((address) => address !== null)
  const isVoterAddress = ({ host, port }: HostPort): boolean =>
    voters.some((voter) => voter.host === host && voter.port === port)
  const servers = state.bootstrapServers
    .filter((server) => !isVoterAddress(server))
    .map(({ host, port }) => ({ id: null, host, port }))
  const all: readonly Address[] = [...voters, ...servers]
  return all[Math.floor(random * all.length)] ?? null
}

/** The leader; somebody who may know it, where its address is not known. */
export function leaderAddress(state: QuorumState, random: number): Address | null {
  const { leader } = state
  if (leader === null || leader.endpoint === null) return someAddress(state, random)
  return { id: leader.id, ...leader.endpoint }
}
