/** Offsets of groups: finding the coordinator, committing, asking. */
import {
  errorCodes,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
} from '../../../src/protocol/index.ts'
import type { Prng } from '../../../src/base/index.ts'
import type { Draft } from '../../../src/wire/index.ts'
import { GROUPS } from '../../storage/group-shadow.ts'
import type { CommittedOffset } from '../../storage/group-shadow.ts'
import { fetchedOffset } from '../../storage/operations/fetch-offset.ts'
import { anyNode, checkTrouble, defineOperation } from '../operation.ts'
import type { ClusterShadow, Target } from '../shadow.ts'

export const findCoordinator = defineOperation({
  name: 'find coordinator',
  weight: 1.5,
  request: FindCoordinatorRequest,
  response: FindCoordinatorResponse,
  sample: (): object => ({}),
  nodeId: (_input, sampling) => anyNode(sampling),
  build: () => ({ key: GROUPS[0] ?? '', keyType: 0, coordinatorKeys: [...GROUPS] }),
  predict(shadow, _input, reply) {
    if (reply.kind !== 'answer') return
    for (const { key, nodeId, errorCode } of reply.answer.coordinators) {
      if (errorCode === 0) shadow.coordinators.set(key, nodeId)
      else checkTrouble('FindCoordinator', errorCode)
    }
  },
})

interface Input {
  readonly target: Target
  readonly group: string
  readonly coordinatorId: number
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
    const input = pickCommitted(shadow, prng)
    if (input === null) return null
    input.committed.isBusy = true
    const offset = shadow.newCommit()
    input.committed.trying(offset)
    return { ...input, offset }
  },
  nodeId: ({ coordinatorId }) => coordinatorId,
  build({ group, target: { topic, id, index }, offset }) {
    const partition = { partitionIndex: index, committedOffset: offset, committedMetadata: null }
    const topics = [{ name: topic.name, topicId: id, partitions: [partition] }]
    return { groupId: group, generationIdOrMemberEpoch: -1, memberId: '', topics }
  },
  predict(_shadow, { committed, offset }, reply) {
    committed.isBusy = false
    if (reply.kind === 'notSent') committed.notTried(offset)
    if (reply.kind === 'unsure') committed.unanswered(offset)
    if (reply.kind !== 'answer') return
    const { errorCode = errorCodes.UNKNOWN_SERVER_ERROR } =
      reply.answer.topics[0]?.partitions[0] ?? {}
    if (errorCode === 0) {
      committed.acked(offset)
      return
    }
    committed.unanswered(offset)
    checkTrouble('OffsetCommit', errorCode)
  },
})

/** Nobody else may commit meanwhile, but a coordinator that is none any more may answer with what was true once. */
export const fetchOffset = defineOperation({
  name: 'fetch offset',
  weight: 1,
  request: OffsetFetchRequest,
  response: OffsetFetchResponse,
  sample({ shadow, prng }): Omit<Input, 'offset'> | null {
    const input = pickCommitted(shadow, prng)
    if (input !== null) input.committed.isBusy = true
    return input
  },
  nodeId: ({ coordinatorId }) => coordinatorId,
  build: ({ target, group }) => offsetFetchOf(target, group),
  predict(_shadow, { committed }, reply) {
    committed.isBusy = false
    if (reply.kind !== 'answer') return
    const { errorCode, offset } = fetchedOffset(reply.answer)
    if (errorCode === 0) committed.seenAnyTime(offset)
    else checkTrouble('OffsetFetch', errorCode)
  },
})

export function offsetFetchOf(
  { topic, id, index }: Target,
  group: string,
): Draft<typeof OffsetFetchRequest> {
  const topics = [{ name: topic.name, topicId: id, partitionIndexes: [index] }]
  return { groupId: group, topics, groups: [{ groupId: group, topics }] }
}

function pickCommitted(shadow: ClusterShadow, prng: Prng): Omit<Input, 'offset'> | null {
  const targets = shadow.targets()
  if (targets.length === 0) return null
  const target = prng.pick(targets)
  const group = prng.pick(GROUPS)
  const coordinatorId = shadow.coordinators.get(group) ?? null
  const committed = target.topic.committed.get(group)?.[target.index]
  if (coordinatorId === null || committed === undefined || committed.isBusy) return null
  return { target, group, coordinatorId, committed }
}
