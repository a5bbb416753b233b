import { errorCodes, OffsetFetchRequest, OffsetFetchResponse } from '../../../src/protocol/index.ts'
import type { Decoded, Draft } from '../../../src/wire/index.ts'
import { GROUPS } from '../group-shadow.ts'
import type { CommittedOffset } from '../group-shadow.ts'
import { checkExcuse, COORDINATOR_CODES, defineOperation } from '../operation.ts'
import { pickPartition } from '../producing.ts'
import type { Target } from '../producing.ts'

interface Input extends Target {
  readonly group: string
  readonly committed: CommittedOffset
}

export const fetchOffset = defineOperation({
  name: 'fetch offset',
  weight: 2,
  request: OffsetFetchRequest,
  response: OffsetFetchResponse,
  sample({ shadow, prng }): Input | null {
    if (!shadow.hasCoordinator) return null
    const target = pickPartition(shadow, prng)
    const group = prng.pick(GROUPS)
    const committed = target?.topic.committed.get(group)?.[target.index]
    // While a commit is under way either is right, and neither tells anything.
    if (target === null || committed === undefined || committed.isBusy) return null
    committed.isBusy = true
    return { ...target, group, committed }
  },
  build: (input) => offsetFetchOf(input, input.group),
  predict(shadow, { topic, committed }, reply) {
    committed.isBusy = false
    if (reply.kind !== 'answer' || topic.mayBeGone) return
    const { errorCode, offset } = fetchedOffset(reply.answer)
    if (errorCode === 0) committed.seen(offset, shadow.mayJumpClocks)
    else if (!COORDINATOR_CODES.has(errorCode)) checkExcuse(shadow, topic, 'OffsetFetch', errorCode)
  },
})

export function offsetFetchOf(
  { topic, index }: Target,
  group: string,
): Draft<typeof OffsetFetchRequest> {
  const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [index] }]
  return { groupId: group, topics, groups: [{ groupId: group, topics }] }
}

/** The one offset that was asked for; -1: none. */
export function fetchedOffset(answer: Decoded<typeof OffsetFetchResponse>): {
  readonly errorCode: number
  readonly offset: number
} {
  const group = answer.groups[0]
  if (group === undefined) return { errorCode: errorCodes.UNKNOWN_SERVER_ERROR, offset: -1 }
  const partition = group.topics[0]?.partitions[0]
  return {
    errorCode: group.errorCode || (partition?.errorCode ?? 0),
    offset: partition?.committedOffset ?? -1,
  }
}
