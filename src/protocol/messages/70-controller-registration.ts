/**
 * ControllerRegistration: a controller reports its listeners and features to the active
 * controller (KIP-919).
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  message,
  nullable,
  string,
  uint16,
  uuid,
} from '../../wire/index.ts'

export const ControllerRegistrationRequest = message(
  { name: 'ControllerRegistrationRequest', key: 70, versions: [0, 0], flexibleSince: 0 },
  {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: bool,
    listeners: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  },
)

export const ControllerRegistrationResponse = message(
  { name: 'ControllerRegistrationResponse', key: 70, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: nullable(string),
  },
)
