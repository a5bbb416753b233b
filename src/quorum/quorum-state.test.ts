import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../base/index.ts'
import { decodeQuorumState, encodeQuorumState } from './quorum-state.ts'

const directoryId = 'QQQQQQQQQQQQQQQQQQQQQQ'
const election = { epoch: 4, leaderId: 1, votedFor: { id: 1, directoryId } }

describe('quorum-state', () => {
  it('has the fields of data version 1 with kraft.version 1', () => {
    expect(encodeQuorumState(election, 1, [1])).toBe(
      `{"leaderId":1,"leaderEpoch":4,"votedId":1,"votedDirectoryId":"${directoryId}","data_version":1}`,
    )
  })

  it('has the fields of data version 0 with kraft.version 0', () => {
    expect(encodeQuorumState({ ...election, leaderId: null }, 0, [1, 2])).toBe(
      '{"clusterId":"","leaderId":-1,"leaderEpoch":4,"votedId":1,"appliedOffset":0,' +
        '"currentVoters":[{"voterId":1},{"voterId":2}],"data_version":0}',
    )
  })

  it('reads what it wrote', () => {
    expect(decodeQuorumState(encodeQuorumState(election, 1, [1]))).toEqual(election)
    expect(decodeQuorumState(encodeQuorumState(election, 0, [1]))).toEqual({
      ...election,
      votedFor: { id: 1, directoryId: ZERO_UUID },
    })
    const nobody = { epoch: 0, leaderId: null, votedFor: null }
    expect(decodeQuorumState(encodeQuorumState(nobody, 1, [1]))).toEqual(nobody)
  })

  it('reads what Apache Kafka writes for a leader, line end or not', () => {
    const text =
      '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}\n'
    expect(decodeQuorumState(text)).toEqual({ epoch: 1, leaderId: 1, votedFor: null })
  })

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"leaderId":1,"leaderEpoch":1,"votedId":-1}',
    '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"","data_version":1}',
    '{"leaderId":1,"leaderEpoch":1.5,"votedId":-1,"data_version":0}',
    '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"data_version":2}',
  ])('refuses %s', (text) => {
    expect(decodeQuorumState(text)).toBeNull()
  })
})
