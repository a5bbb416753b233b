/** OffsetFetch (9): how far a group has read. */
import { OffsetFetchRequest, OffsetFetchResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const offsetFetch = defineHandler(OffsetFetchRequest, OffsetFetchResponse, {
  handle: (broker, request, context) => broker.groups.fetchOffsets(request, context),
})
