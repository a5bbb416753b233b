/** What the leader writes into a batch on append, outside what the CRC covers. */
import { writeInt64 } from '../base/index.ts'
import { AT } from './header.ts'

/**
 * Gives the batch at `position` its place in the log, in place: `baseOffset` and the leader epoch. Both lie
 * outside the CRC, so that nothing has to be computed again.
 */
export function stampBatch(
  buffer: Buffer,
  position: number,
  baseOffset: number,
  leaderEpoch: number,
): void {
  writeInt64(buffer, baseOffset, position + AT.baseOffset)
  buffer.writeInt32BE(leaderEpoch, position + AT.leaderEpoch)
}
