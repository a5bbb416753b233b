export { apis } from './apis.ts'
export type { Api, Listener, VersionRange } from './apis.ts'
export {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  openResponse,
} from './frame.ts'
export type {
  OutgoingRequest,
  Refusal,
  RequestFrame,
  RequestFrameHeader,
  ResponseFrame,
} from './frame.ts'
export {
  RequestHeader,
  requestHeaderVersion,
  ResponseHeader,
  responseHeaderVersion,
} from './headers.ts'
export * from './messages/index.ts'
export {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  readConsumerProtocol,
  writeConsumerProtocol,
} from './consumer-protocol.ts'
export { decodePrincipal, encodePrincipal } from './principal.ts'
export { errorCodes, errorMessage, errorName, isRetriable } from './error-codes.ts'
export type { ErrorName } from './error-codes.ts'
