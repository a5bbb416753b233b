/** AssignReplicasToDirs (73): a broker tells in which of its directories replicas lie (KIP-858). */
import { AssignReplicasToDirsRequest, AssignReplicasToDirsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { ControllerServices } from '../services.ts'

export const assignReplicasToDirs = defineHandler(
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
  {
    handle: (services: ControllerServices, request) =>
      services.controller.assignReplicasToDirs(request),
  },
)
