/** Properties that hold for every message in every version. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  apis,
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  RequestHeader,
  ResponseHeader,
} from '../../src/protocol/index.ts'
import { Reader, WireError } from '../../src/wire/index.ts'
import { arbitraryMessage, arbitraryTags, encodeByTwin } from './protocol-arbitrary.ts'
import type { AnyMessage } from './protocol-arbitrary.ts'

const messages: readonly AnyMessage[] = [
  ...[...apis.values()].flatMap(({ request, response }) => [request, response]),
  RequestHeader,
  ResponseHeader,
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
]

function versionsOf({ versions: [first, last] }: AnyMessage): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function forEveryVersion(check: (message: AnyMessage, version: number) => void): void {
  for (const message of messages) {
    for (const version of versionsOf(message)) {
      try {
        check(message, version)
      } catch (cause) {
        throw new Error(`${message.name} version ${version}`, { cause })
      }
    }
  }
}

/** Decodes, and says how much of the buffer was read; null for bytes that are refused. Any other error passes through. */
function decode(
  message: AnyMessage,
  version: number,
  bytes: Buffer,
): { value: unknown; read: number } | null {
  const reader = new Reader(bytes)
  try {
    return { value: message.decode(reader, version), read: reader.position }
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}

/** Objects and arrays of a decoded value that are its own, not shared defaults. */
function countContainers(value: unknown): number {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return 0
  if (Buffer.isBuffer(value)) return 1
  let count = 1
  for (const inner of Object.values(value)) count += countContainers(inner)
  return count
}

function samples(message: AnyMessage, version: number, count: number): Buffer[] {
  return fc
    .sample(arbitraryMessage(message, version), { numRuns: count, seed: version + 1 })
    .map((value) => message.toBuffer(version, value))
}

describe('every message in every version', () => {
  it('is checked: requests, responses, headers and the consumer protocol', () => {
    expect(messages.length).toBe(2 * 91 + 4)
  })

  it('decodes to what was encoded, by the same bytes as the twin encoder', () => {
    forEveryVersion((message, version) => {
      fc.assert(
        fc.property(arbitraryMessage(message, version), (value) => {
          const bytes = message.toBuffer(version, value)
          expect(bytes).toEqual(encodeByTwin(message, version, value))
          expect(decode(message, version, bytes)).toEqual({ value, read: bytes.length })
        }),
        { numRuns: 25 },
      )
    })
  })

  it('passes over unknown tagged fields', () => {
    forEveryVersion((message, version) => {
      if (!message.isFlexible(version)) return
      fc.assert(
        fc.property(arbitraryMessage(message, version), arbitraryTags, (value, tags) => {
          const bytes = encodeByTwin(message, version, value, tags)
          expect(decode(message, version, bytes)).toEqual({ value, read: bytes.length })
        }),
        { numRuns: 10 },
      )
    })
  })

  it('is refused when it is cut short at any byte', () => {
    forEveryVersion((message, version) => {
      for (const bytes of samples(message, version, 3)) {
        for (let size = 0; size < bytes.length; size++) {
          expect(decode(message, version, bytes.subarray(0, size))).toBeNull()
        }
      }
    })
  })

  it('takes no more objects than bytes, whatever was changed in it', () => {
    forEveryVersion((message, version) => {
      const [bytes] = samples(message, version, 1)
      if (bytes === undefined || bytes.length === 0) return
      const change = fc.record({
        at: fc.nat(bytes.length - 1),
        by: fc.oneof(fc.constantFrom(0xff, 0x7f, 0x80, 0), fc.integer({ min: 0, max: 255 })),
        length: fc.integer({ min: 1, max: 5 }),
      })
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
          const mutant = Buffer.from(bytes)
          for (const { at, by, length } of changes) {
            mutant.fill(by, at, Math.min(at + length, mutant.length))
          }
          const decoded = decode(message, version, mutant)
          expect(countContainers(decoded?.value)).toBeLessThanOrEqual(mutant.length + 1)
        }),
        { numRuns: 40 },
      )
    })
  })

  it('is refused or read, never anything else, when the bytes are noise', () => {
    forEveryVersion((message, version) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
          const bytes = Buffer.from(noise)
          const decoded = decode(message, version, bytes)
          expect(countContainers(decoded?.value)).toBeLessThanOrEqual(bytes.length + 1)
        }),
        { numRuns: 25 },
      )
    })
  })
})
