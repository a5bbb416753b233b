import type { ClusterImage } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'

/** NONE when this is the epoch of the registered incarnation, else STALE_BROKER_EPOCH. */
export function brokerEpochError(
  cluster: ClusterImage,
  brokerId: number,
  brokerEpoch: number,
): number {
  return cluster.broker(brokerId)?.epoch === brokerEpoch
    ? errorCodes.NONE
    : errorCodes.STALE_BROKER_EPOCH
}
