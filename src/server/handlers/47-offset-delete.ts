/** OffsetDelete (47): forgets offsets of partitions that nobody is subscribed to (KIP-496). */
import { OffsetDeleteRequest, OffsetDeleteResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const offsetDelete = defineHandler(OffsetDeleteRequest, OffsetDeleteResponse, {
  handle: (broker, request, context) => broker.groups.deleteOffsets(request, context),
})
