import { describe, expect, it } from 'vitest'
import {
  buildBatch,
  buildEndTransactionMarker,
  readBatchHeader,
  stampBatch,
} from '../../records/index.ts'
import { AbortedFilter } from './aborted-filter.ts'
import type { AbortedTransaction } from './aborted-filter.ts'

interface Written {
  readonly producerId: number
  /** Undefined: data. */
  readonly commit?: boolean
  readonly transactional?: boolean
}

/** What passes of batches with one record each, at offsets from 0 on. */
function passing(
  written: readonly Written[],
  aborted: readonly AbortedTransaction[] | null,
): number[] {
  const filter = new AbortedFilter(aborted)
  return written.flatMap(({ producerId, commit, transactional = true }, offset) => {
    const marker = { commit: commit === true, coordinatorEpoch: 0, producerId, producerEpoch: 0 }
    const record = { key: null, value: Buffer.from('v') }
    const options = { producerId, producerEpoch: 0, baseSequence: 0, transactional }
    const batch =
      commit === undefined
        ? buildBatch([record], options)
        : buildEndTransactionMarker(marker, { timestampMs: 0 })
    stampBatch(batch, 0, offset, 0)
    return filter.passes(batch, readBatchHeader(batch, 0)) ? [offset] : []
  })
}

describe('AbortedFilter', () => {
  it('hides markers always', () => {
    expect(passing([{ producerId: 1 }, { producerId: 1, commit: true }], null)).toEqual([0])
  })

  it('hides a transaction from its first offset up to its marker, and no other producer', () => {
    const written = [
      { producerId: 1 }, // committed: before the first offset of the aborted one
      { producerId: 1, commit: true },
      { producerId: 1 },
      { producerId: 2 },
      { producerId: 1 },
      { producerId: 1, commit: false },
      { producerId: 1 }, // the next transaction
    ]
    expect(passing(written, [{ producerId: 1, firstOffset: 2 }])).toEqual([0, 3, 6])
  })

  it('shows what the same producer wrote outside of transactions', () => {
    const written = [{ producerId: 1, transactional: false }, { producerId: 1 }]
    expect(passing(written, [{ producerId: 1, firstOffset: 0 }])).toEqual([0])
  })

  it('takes the list in any order', () => {
    const aborted = [
      { producerId: 1, firstOffset: 2 },
      { producerId: 2, firstOffset: 0 },
    ]
    const written = [{ producerId: 2 }, { producerId: 3 }, { producerId: 1 }]
    expect(passing(written, aborted)).toEqual([1])
  })
})
