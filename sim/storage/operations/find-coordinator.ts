import { FindCoordinatorRequest, FindCoordinatorResponse } from '../../../src/protocol/index.ts'
import { GROUPS } from '../group-shadow.ts'
import { checkExcuse, COORDINATOR_CODES, defineOperation } from '../operation.ts'

export const findCoordinator = defineOperation({
  name: 'find coordinator',
  weight: 1,
  request: FindCoordinatorRequest,
  response: FindCoordinatorResponse,
  sample: ({ shadow }): object | null => (shadow.hasCoordinator ? null : {}),
  build: () => ({ key: GROUPS[0] ?? '', keyType: 0, coordinatorKeys: [...GROUPS] }),
  predict(shadow, _input, reply) {
    if (reply.kind !== 'answer') return
    for (const { errorCode } of reply.answer.coordinators) {
      if (errorCode === 0) shadow.hasCoordinator = true
      else if (!COORDINATOR_CODES.has(errorCode))
        checkExcuse(shadow, null, 'FindCoordinator', errorCode)
    }
  },
})
