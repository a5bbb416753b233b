import {
  errorCodes,
  OffsetCommitRequest,
  OffsetCommitResponse,
} from '../../../src/protocol/index.ts'
import { GROUPS } from '../group-shadow.ts'
import type { CommittedOffset } from '../group-shadow.ts'
import { checkExcuse, COORDINATOR_CODES, defineOperation } from '../operation.ts'
import { pickPartition } from '../producing.ts'
import type { Target } from '../producing.ts'

interface Input extends Target {
  readonly group: string
  readonly committed: CommittedOffset
  readonly offset: number
}

/** Commits as one who only stores offsets. Every commit has a number of its own. */
export const commitOffset = defineOperation({
  name: 'commit offset',
  weight: 3,
  request: OffsetCommitRequest,
  response: OffsetCommitResponse,
  sample({ shadow, prng }): Input | null {
    if (!shadow.hasCoordinator) return null
    const target = pickPartition(shadow, prng)
    const group = prng.pick(GROUPS)
    const committed = target?.topic.committed.get(group)?.[target.index]
    if (target === null || committed === undefined || committed.isBusy) return null
    committed.isBusy = true
    const offset = shadow.newCommit()
    committed.trying(offset)
    return { ...target, group, committed, offset }
  },
  build({ group, topic, index, offset }) {
    const partition = { partitionIndex: index, committedOffset: offset, committedMetadata: null }
    const topics = [{ name: topic.name, topicId: topic.id, partitions: [partition] }]
    return { groupId: group, generationIdOrMemberEpoch: -1, memberId: '', topics }
  },
  predict(shadow, { topic, committed, offset }, reply) {
    committed.isBusy = false
    if (reply.kind === 'notSent') committed.notTried(offset)
    if (reply.kind === 'unsure') committed.unanswered(offset)
    if (reply.kind !== 'answer' || topic.isGone) return
    const { errorCode = errorCodes.UNKNOWN_SERVER_ERROR } =
      reply.answer.topics[0]?.partitions[0] ?? {}
    if (errorCode === 0) {
      committed.acked(offset)
      return
    }
    committed.unanswered(offset)
    if (!COORDINATOR_CODES.has(errorCode)) checkExcuse(shadow, topic, 'OffsetCommit', errorCode)
  },
})
