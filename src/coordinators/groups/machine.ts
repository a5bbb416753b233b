/**
 * The pure core of the group coordinator: what each event means for the groups of one `__consumer_offsets` partition. No clock, no I/O, no
 * randomness; the shard (runtime/) brings them and performs what is decided.
 */
import { unreachable } from '../../base/index.ts'
import type { Machine } from '../runtime/index.ts'
import type { GroupConfig } from './config.ts'
import { onDelete } from './delete.ts'
import { onDescribe, onList } from './describe.ts'
import type { GroupAnswer, GroupEvent, GroupFollowUp, TimerEvent } from './events.ts'
import { onHeartbeat, onSessionExpired } from './heartbeat.ts'
import { onGroupWritten, onJoin } from './join.ts'
import { onLeave } from './leave.ts'
import { onCommit } from './offset-commit.ts'
import { onDeleteOffsets, onTopicsDeleted } from './offset-delete.ts'
import { onExpireOffsets, scheduleExpiry } from './offset-expiry.ts'
import { onFetch } from './offset-fetch.ts'
import {
  completeJoin,
  onInitialDelayOver,
  onSyncTimedOut,
  prepareRebalance,
  scheduleSession,
} from './rebalance.ts'
import { blankGroups, findGroup, GroupStep } from './state.ts'
import type { GroupsState } from './state.ts'
import { onStaticMemberWritten } from './static-member.ts'
import { onAssignmentWritten, onSync } from './sync.ts'

export type GroupMachine = Machine<GroupsState, GroupEvent, GroupFollowUp, GroupAnswer>

export function groupMachine(config: GroupConfig): GroupMachine {
  const stepFor = (state: GroupsState, nowMs: number): GroupStep =>
    new GroupStep(state, config, nowMs)
  return {
    blank: blankGroups,
    apply({ stored, live }, record) {
      const deletedId = stored.apply(record)
      if (deletedId !== null) live.delete(deletedId)
    },
    applyMarker: ({ stored }, marker) => stored.applyMarker(marker),
    loaded(state, nowMs) {
      const step = stepFor(state, nowMs)
      onLoaded(step)
      return step
    },
    decide(state, event, nowMs) {
      const step = stepFor(state, nowMs)
      decide(step, event)
      return step
    },
    finish(state, followUp, errorCode, nowMs) {
      const step = stepFor(state, nowMs)
      finish(step, followUp, errorCode)
      return step
    },
  }
}

/** Members are given a full session to find their new coordinator. */
function onLoaded(step: GroupStep): void {
  for (const groupId of step.stored.metadata.keys()) {
    const group = findGroup(step, groupId)
    if (group === null) continue
    for (const member of group.members.values()) scheduleSession(step, group, member)
    if (group.members.size > step.config.groupSizeMax) {
      prepareRebalance(step, group, 'group.max.size was lowered')
    }
  }
  scheduleExpiry(step)
}

function decide(step: GroupStep, event: GroupEvent): void {
  switch (event.kind) {
    case 'join':
      return onJoin(step, event)
    case 'sync':
      return onSync(step, event)
    case 'heartbeat':
      return onHeartbeat(step, event)
    case 'leave':
      return onLeave(step, event)
    case 'commit':
      return onCommit(step, event)
    case 'fetch':
      return onFetch(step, event)
    case 'deleteOffsets':
      return onDeleteOffsets(step, event)
    case 'describe':
      return onDescribe(step, event)
    case 'list':
      return onList(step, event)
    case 'delete':
      return onDelete(step, event)
    case 'topicsDeleted':
      return onTopicsDeleted(step, event)
    default:
      return onTimer(step, event)
  }
}

/** A timer of a group that is gone means nothing. */
function onTimer(step: GroupStep, event: TimerEvent): void {
  if (event.kind === 'expireOffsets') return onExpireOffsets(step)
  const group = step.live.get(event.groupId)
  if (group === undefined) return
  switch (event.kind) {
    case 'sessionExpired':
      return onSessionExpired(step, group, event.memberId)
    case 'initialDelayOver':
      return onInitialDelayOver(step, group, event)
    case 'joinTimedOut':
      return completeJoin(step, group)
    case 'syncTimedOut':
      return onSyncTimedOut(step, group, event.generationId)
    default:
      return unreachable(event)
  }
}

function finish(step: GroupStep, followUp: GroupFollowUp, errorCode: number): void {
  switch (followUp.kind) {
    case 'assignmentWritten':
      return onAssignmentWritten(step, followUp, errorCode)
    case 'staticMemberWritten':
      return onStaticMemberWritten(step, followUp, errorCode)
    case 'groupWritten':
      return onGroupWritten(step, followUp, errorCode)
    case 'emptyGroupWritten':
      // Until the next record the log shows the last generation: after a failover its members would time out. Nothing is lost.
      if (errorCode !== 0) {
        step.note(
          'warn',
          'group.empty.unwritten',
          `Group '${followUp.groupId}' is empty, unwritten`,
          {
            group: followUp.groupId,
            errorCode,
          },
        )
      }
      return
    default:
      return unreachable(followUp)
  }
}
