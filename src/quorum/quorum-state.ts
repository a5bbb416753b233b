import { isUuid, ZERO_UUID } from '../base/index.ts'
import type { ReplicaKey } from './voters.ts'

/** What a replica must remember of elections across restarts: the epoch, who leads it, whom it voted for. */
export interface Election {
  readonly epoch: number
  /** null: not known. */
  readonly leaderId: number | null
  /** null: nobody in this epoch. */
  readonly votedFor: ReplicaKey | null
}

export const QUORUM_STATE_FILE = 'quorum-state'

const NOBODY = -1

/**
 * The text of the `quorum-state` file: one line of JSON (FileQuorumStateStore, QuorumStateData.json).
 *
 * @param kraftVersion 0 writes data version 0 with the static voters' ids, 1 writes data version 1 with directory ids
 */
export function encodeQuorumState(
  election: Election,
  kraftVersion: number,
  voterIds: readonly number[],
): string {
  const { epoch, leaderId, votedFor } = election
  const common = {
    leaderId: leaderId ?? NOBODY,
    leaderEpoch: epoch,
    votedId: votedFor?.id ?? NOBODY,
  }
  if (kraftVersion === 0) {
    return JSON.stringify({
      clusterId: '',
      ...common,
      appliedOffset: 0,
      currentVoters: voterIds.map((voterId) => ({ voterId })),
      data_version: 0,
    })
  }
  return JSON.stringify({
    ...common,
    votedDirectoryId: votedFor?.directoryId ?? ZERO_UUID,
    data_version: 1,
  })
}

/** Reads either data version. null: the text is not a quorum state, and the caller must not start without one. */
export function decodeQuorumState(text: string): Election | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof json !== 'object' || json === null) return null
  const data = json as Record<string, unknown>
  const version = data['data_version']
  const epoch = data['leaderEpoch']
  const leaderId = data['leaderId']
  const votedId = data['votedId']
  if (version !== 0 && version !== 1) return null
  if (!isInt32(epoch) || !isInt32(leaderId) || !isInt32(votedId)) return null
  const directoryId = version === 1 ? data['votedDirectoryId'] : ZERO_UUID
  if (typeof directoryId !== 'string' || !isUuid(directoryId)) return null
  return {
    epoch: Math.max(epoch, 0),
    leaderId: leaderId === NOBODY ? null : leaderId,
    votedFor: votedId === NOBODY ? null : { id: votedId, directoryId },
  }
}

function isInt32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) === ((value as number) | 0)
}
