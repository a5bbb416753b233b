import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../base/index.ts'
import { stateOf } from './quorum.ts'

type Partition = Parameters<typeof stateOf>[0]

function replica(
  replicaId: number,
  logEndOffset: number,
  fetched: number,
  caughtUp: number,
): Partition['currentVoters'][number] {
  return {
    replicaId,
    replicaDirectoryId: ZERO_UUID,
    logEndOffset,
    lastFetchTimestamp: fetched,
    lastCaughtUpTimestamp: caughtUp,
  }
}

function partition(...currentVoters: Partition['currentVoters']): Partition {
  return {
    partitionIndex: 0,
    errorCode: 0,
    errorMessage: null,
    leaderId: 2,
    leaderEpoch: 5,
    highWatermark: 90,
    currentVoters,
    observers: [replica(9, 70, 8_000, 4_000)],
  }
}

const nodes = [{ nodeId: 1, listeners: [{ name: 'CONTROLLER', host: 'h', port: 9093 }] }]

describe('the state of a quorum', () => {
  it("compares all with the leader's end and the leader's clock", () => {
    const voters = [replica(1, 95, 9_900, 9_500), replica(2, 100, 10_000, 10_000)]
    const state = stateOf(partition(...voters), { nodes })
    expect(state.voters).toMatchObject([
      { id: 1, lag: 5, lagMs: 500, silentMs: 100, endpoints: [{ port: 9093 }] },
      { id: 2, lag: 0, lagMs: 0, silentMs: 0, endpoints: [] },
    ])
    expect(state.observers).toMatchObject([{ id: 9, lag: 30, lagMs: 6_000, directoryId: null }])
  })

  it('does not know how long ago it was for one that has never fetched', () => {
    const voters = [replica(1, 0, -1, -1), replica(2, 100, 10_000, 10_000)]
    const state = stateOf(partition(...voters), { nodes })
    expect(state).toMatchObject({ hasTimes: true, voters: [{ lagMs: null, silentMs: null }, {}] })
  })

  it('knows no times from a leader that tells none', () => {
    const state = stateOf(partition(replica(2, 100, -1, -1)), { nodes })
    expect(state).toMatchObject({ hasTimes: false, voters: [{ lagMs: null }] })
  })
})
