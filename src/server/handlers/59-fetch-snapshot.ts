/** FetchSnapshot (59): a piece of a metadata snapshot (KIP-630). */
import { FetchSnapshotRequest, FetchSnapshotResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const fetchSnapshot = defineHandler(FetchSnapshotRequest, FetchSnapshotResponse, {
  handle: (services: NodeServices, request) => services.quorum.fetchSnapshot(request),
})
