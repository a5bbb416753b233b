/**
 * DescribeClientQuotas: quotas that match a filter (KIP-546).
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
  int8,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const DescribeClientQuotasRequest = message(
  { name: 'DescribeClientQuotasRequest', key: 48, versions: [0, 1], flexibleSince: 1 },
  {
    components: array({
      entityType: string,
      /** 0: this name, 1: the default, 2: any. */
      matchType: int8,
      match: nullable(string),
    }),
    strict: bool,
  },
)

export const DescribeClientQuotasResponse = message(
  { name: 'DescribeClientQuotasResponse', key: 48, versions: [0, 1], flexibleSince: 1 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: nullable(string),
    entries: nullable(
      array({
        entity: array({ entityType: string, entityName: nullable(string) }),
        values: array({ key: string, value: float64 }),
      }),
    ),
  },
)
