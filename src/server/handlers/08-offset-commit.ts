/** OffsetCommit (8): stores how far a group has read; acknowledged when the record is committed. */
import { OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const offsetCommit = defineHandler(OffsetCommitRequest, OffsetCommitResponse, {
  handle: (broker, request, context) => broker.groups.commitOffsets(request, context),
})
