/**
 * AlterClientQuotas: sets and removes quotas (KIP-546).
 *
 * - 1: flexible.
 */
import {
  array,
  bool,
  field,
  float64,
  int16,
  int32,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const AlterClientQuotasRequest = message(
  { name: 'AlterClientQuotasRequest', key: 49, versions: [0, 1], flexibleSince: 1 },
  {
    entries: array({
      entity: array({ entityType: string, entityName: nullable(string) }),
      ops: array({ key: string, value: float64, remove: bool }),
    }),
    validateOnly: bool,
  },
)

export const AlterClientQuotasResponse = message(
  { name: 'AlterClientQuotasResponse', key: 49, versions: [0, 1], flexibleSince: 1 },
  {
    throttleTimeMs: field(int32),
    entries: array({
      errorCode: int16,
      errorMessage: nullable(string),
      entity: array({ entityType: string, entityName: nullable(string) }),
    }),
  },
)
