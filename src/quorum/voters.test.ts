import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../base/index.ts'
import { isVoter, majorityEnd, votersFromRecord, votersToRecord } from './voters.ts'

/** The definition, word by word: the largest end such that more than half have at least as much. */
function dumbMajorityEnd(ends: readonly number[]): number {
  let best = 0
  for (const candidate of ends) {
    const have = ends.filter((end) => end >= candidate).length
    if (have * 2 > ends.length) best = Math.max(best, candidate)
  }
  return best
}

describe('majorityEnd', () => {
  it('equals its definition', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }), (ends) => {
        expect(majorityEnd(ends)).toBe(dumbMajorityEnd(ends))
      }),
    )
  })
})

describe('voters', () => {
  const id = 'QQQQQQQQQQQQQQQQQQQQQQ'
  const voter = {
    id: 3,
    directoryId: id,
    endpoints: [{ name: 'CONTROLLER', host: 'h', port: 65535 }],
    kraftVersionMin: 0,
    kraftVersionMax: 1,
  }

  it('survive a round trip through their record', () => {
    expect(votersFromRecord(votersToRecord([voter]))).toEqual([voter])
  })

  it('are known by id and directory, or by id alone while directories are not known', () => {
    expect(isVoter([voter], { id: 3, directoryId: id })).toBe(true)
    expect(isVoter([voter], { id: 3, directoryId: 'gggggggggggggggggggggg' })).toBe(false)
    expect(isVoter([voter], { id: 4, directoryId: id })).toBe(false)
    expect(isVoter([{ ...voter, directoryId: ZERO_UUID }], { id: 3, directoryId: id })).toBe(true)
  })
})
