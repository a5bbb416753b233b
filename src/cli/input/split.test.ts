import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitAt } from './split.ts'

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0
  for (const size of sizes) {
    yield bytes.subarray(from, from + size)
    from += size
  }
  yield bytes.subarray(from)
}

async function split(
  bytes: Buffer,
  delimiter: Buffer,
  sizes: readonly number[],
): Promise<string[]> {
  const pieces: string[] = []
  for await (const group of splitAt(inChunks(bytes, sizes), delimiter)) {
    pieces.push(...group.map((piece) => piece.toString('latin1')))
  }
  return pieces
}

/** The same on the whole text at once. */
function twin(bytes: Buffer, delimiter: Buffer): string[] {
  const pieces = bytes.toString('latin1').split(delimiter.toString('latin1'))
  return pieces.at(-1) === '' ? pieces.slice(0, -1) : pieces
}

describe('splitAt', () => {
  it('cuts as String.split does, however the bytes arrive', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 })
    const sizes = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 10 })
    const delimiters = fc.constantFrom('a', 'ab', 'aab', 'abab')
    await fc.assert(
      fc.asyncProperty(text, delimiters, sizes, async (text, delimiter, sizes) => {
        const bytes = Buffer.from(text)
        const cut = Buffer.from(delimiter)
        expect(await split(bytes, cut, sizes)).toEqual(twin(bytes, cut))
      }),
      { numRuns: 500 },
    )
  })

  it('keeps empty lines and carriage returns', async () => {
    const lines = await split(Buffer.from('one\r\n\ntwo\n'), Buffer.from('\n'), [])
    expect(lines).toEqual(['one\r', '', 'two'])
  })
})
