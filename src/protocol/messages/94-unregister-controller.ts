/**
 * UnregisterController: removes a controller that will not come back.
 */
import { field, int16, int32, message, nullable, string } from '../../wire/index.ts'

export const UnregisterControllerRequest = message(
  { name: 'UnregisterControllerRequest', key: 94, versions: [0, 0], flexibleSince: 0 },
  {
    controllerId: int32,
  },
)

export const UnregisterControllerResponse = message(
  { name: 'UnregisterControllerResponse', key: 94, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: nullable(string),
  },
)
