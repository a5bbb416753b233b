/** ControllerRegistration (ClusterControlManager in Apache Kafka, KIP-919): a controller says where it listens and what it can work with. */
import { metadataRecord } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type {
  ControllerRegistrationRequest,
  ControllerRegistrationResponse,
} from '../protocol/index.ts'
import { noError } from './decision.ts'
import type { ApiError, Decision, RequestOf, ResponseOf } from './decision.ts'

type Response = ResponseOf<typeof ControllerRegistrationResponse>

/** From here on there is a record for it. */
const REGISTRATION_SINCE = 15

export function registerController(
  { features }: MetadataImage,
  request: RequestOf<typeof ControllerRegistrationRequest>,
): Decision<Response> {
  if (features.metadataVersion < REGISTRATION_SINCE) {
    const message = 'The metadata.version is too old for registrations of controllers'
    const code = errorCodes.UNSUPPORTED_VERSION
    return { records: [], response: refuseRegisterController({ code, message }) }
  }
  const record = metadataRecord('registerController', {
    controllerId: request.controllerId,
    incarnationId: request.incarnationId,
    zkMigrationReady: request.zkMigrationReady,
    endPoints: request.listeners,
    features: request.features,
  })
  return { records: [record], response: refuseRegisterController(noError) }
}

export function refuseRegisterController({ code, message }: ApiError): Response {
  return { errorCode: code, errorMessage: message }
}
