import { describe, expect, it } from 'vitest'
import { errorCodes, errorMessage, errorName, isRetriable } from './error-codes.ts'

describe('error codes', () => {
  it('run from -1 to 136 without a gap', () => {
    const codes = Object.values(errorCodes).toSorted((a, b) => a - b)
    expect(codes).toEqual(Array.from({ length: 138 }, (_, index) => index - 1))
  })

  it('go from name to code and back', () => {
    expect(errorCodes.NOT_LEADER_OR_FOLLOWER).toBe(6)
    expect(errorCodes.UNKNOWN_TOPIC_ID).toBe(100)
    expect(errorCodes.SHARE_SESSION_LIMIT_REACHED).toBe(133)
    for (const [name, code] of Object.entries(errorCodes)) expect(errorName(code)).toBe(name)
  })

  it('know what passes and what does not', () => {
    expect(isRetriable(errorCodes.NOT_COORDINATOR)).toBe(true)
    expect(isRetriable(errorCodes.CORRUPT_MESSAGE)).toBe(true)
    expect(isRetriable(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER)).toBe(false)
    expect(isRetriable(errorCodes.NONE)).toBe(false)
  })

  it('say something of every code, and of codes that nobody knows yet', () => {
    for (const code of Object.values(errorCodes)) expect(errorMessage(code)).toMatch(/^[A-Z].+\.$/)
    expect(errorName(999)).toBe('UNKNOWN_ERROR_CODE_999')
    expect(errorMessage(999)).toContain('999')
    expect(isRetriable(999)).toBe(false)
  })
})
