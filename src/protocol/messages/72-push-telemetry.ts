/**
 * PushTelemetry: a client's metrics, in the OTLP format (KIP-714).
 */
import { bool, bytes, field, int16, int32, int8, message, uuid } from '../../wire/index.ts'

export const PushTelemetryRequest = message(
  { name: 'PushTelemetryRequest', key: 72, versions: [0, 0], flexibleSince: 0 },
  {
    clientInstanceId: uuid,
    subscriptionId: int32,
    terminating: bool,
    compressionType: int8,
    metrics: bytes,
  },
)

export const PushTelemetryResponse = message(
  { name: 'PushTelemetryResponse', key: 72, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
  },
)
