/**
 * GetTelemetrySubscriptions: which metrics a client shall push, and how often (KIP-714).
 */
import { array, bool, field, int16, int32, int8, message, string, uuid } from '../../wire/index.ts'

export const GetTelemetrySubscriptionsRequest = message(
  { name: 'GetTelemetrySubscriptionsRequest', key: 71, versions: [0, 0], flexibleSince: 0 },
  {
    clientInstanceId: uuid,
  },
)

export const GetTelemetrySubscriptionsResponse = message(
  { name: 'GetTelemetrySubscriptionsResponse', key: 71, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    clientInstanceId: uuid,
    subscriptionId: int32,
    acceptedCompressionTypes: array(int8),
    pushIntervalMs: int32,
    telemetryMaxBytes: int32,
    deltaTemporality: bool,
    requestedMetrics: array(string),
  },
)
