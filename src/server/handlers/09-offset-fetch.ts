/** OffsetFetch (9): how far groups have read. */
import { OffsetFetchRequest, OffsetFetchResponse } from '../../protocol/index.ts'
import type { Draft } from '../../wire/index.ts'
import { defineHandler } from '../handler.ts'
import { Pace } from '../turns.ts'

type GroupAnswers = NonNullable<Draft<typeof OffsetFetchResponse>['groups']>

/** Groups that are answered before others have a turn. */
const GROUPS_AT_ONCE = 500

export const offsetFetch = defineHandler(OffsetFetchRequest, OffsetFetchResponse, {
  async handle(broker, request, context) {
    // The last mention of a group counts: it may ask for all that the group has ever committed.
    const groups = [...new Map(request.groups.map((group) => [group.groupId, group])).values()]
    if (groups.length <= GROUPS_AT_ONCE) {
      return broker.groups.fetchOffsets({ ...request, groups }, context)
    }
    const pace = new Pace(context.turns)
    const answers: GroupAnswers[number][] = []
    for (let from = 0; from < groups.length; from += GROUPS_AT_ONCE) {
      while (!pace.mayGoOn()) await pace.rest()
      const some = { ...request, groups: groups.slice(from, from + GROUPS_AT_ONCE) }
      const answer = await broker.groups.fetchOffsets(some, context)
      answers.push(...(answer.groups ?? []))
    }
    return { groups: answers }
  },
})
