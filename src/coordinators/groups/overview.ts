import type { GroupState } from './group.ts'
import { groupIds } from './state.ts'
import type { GroupsState } from './state.ts'
import type { StoredOffset, TopicOffsets } from './stored.ts'

/** A group as metrics and consoles show it. */
export interface GroupOverview {
  readonly groupId: string
  readonly state: GroupState
  readonly memberCount: number
  /** topic → partition → what was committed last */
  readonly offsets: ReadonlyMap<string, ReadonlyMap<number, StoredOffset>>
}

const NO_OFFSETS: TopicOffsets = new Map()

/** Looks without touching: a group that nobody has asked for yet is empty, for those with members come to life when the log has been read. */
export function* overviewOf({ stored, live }: GroupsState): Generator<GroupOverview> {
  for (const groupId of groupIds({ stored, live })) {
    const group = live.get(groupId)
    yield {
      groupId,
      state: group?.state ?? 'Empty',
      memberCount: group?.members.size ?? 0,
      offsets: stored.offsets.get(groupId) ?? NO_OFFSETS,
    }
  }
}
