/** DescribeGroups and ListGroups. Rules: org.apache.kafka.coordinator.group.GroupMetadataManager (`describeGroups`, `listGroups`), KIP-1043. */
import { errorCodes } from '../../protocol/index.ts'
import type { DescribedGroup, ListedGroup } from './api.ts'
import type { DescribeEvent, ListEvent } from './events.ts'
import { DEAD, metadataOf } from './group.ts'
import type { Group, Member } from './group.ts'
import { findGroup, groupIds, NO_BYTES } from './state.ts'
import type { GroupStep } from './state.ts'

/** From this version on a missing group is an error; before, it is described as dead. */
const GROUP_ID_NOT_FOUND_SINCE = 6
const CLASSIC = 'classic'

export function onDescribe(
  step: GroupStep,
  { request, groupIds, apiVersion }: DescribeEvent,
): void {
  const described = groupIds.map((groupId) => {
    const group = findGroup(step, groupId)
    return group === null ? describeMissing(groupId, apiVersion) : describe(group)
  })
  step.answerWhenCommitted(request, described)
}

function describe(group: Group): DescribedGroup {
  // Before the generation is complete, members may not even support the group's last protocol.
  const protocolName = group.state === 'Stable' ? (group.protocolName ?? '') : null
  return {
    errorCode: 0,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: protocolName ?? '',
    members: [...group.members.values()].map((member) => describeMember(member, protocolName)),
  }
}

function describeMember(
  member: Member,
  protocolName: string | null,
): DescribedGroup['members'][number] {
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberMetadata: protocolName === null ? NO_BYTES : metadataOf(member, protocolName),
    memberAssignment: member.assignment,
  }
}

function describeMissing(groupId: string, apiVersion: number): DescribedGroup {
  const isError = apiVersion >= GROUP_ID_NOT_FOUND_SINCE
  return {
    errorCode: isError ? errorCodes.GROUP_ID_NOT_FOUND : 0,
    errorMessage: isError ? `Group ${groupId} not found.` : null,
    groupId,
    groupState: DEAD,
    protocolType: '',
    protocolData: '',
    members: [],
  }
}

export function onList(step: GroupStep, { request, states, types }: ListEvent): void {
  const listed: ListedGroup[] = []
  const hasType = types.size === 0 || types.has(CLASSIC.toLowerCase())
  for (const groupId of hasType ? groupIds(step) : []) {
    const group = findGroup(step, groupId)
    if (group === null) continue
    if (states.size > 0 && !states.has(group.state.toLowerCase())) continue
    const { protocolType, state } = group
    listed.push({
      groupId,
      protocolType: protocolType ?? '',
      groupState: state,
      groupType: CLASSIC,
    })
  }
  step.answerWhenCommitted(request, listed)
}
