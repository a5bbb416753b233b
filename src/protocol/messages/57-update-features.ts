/**
 * UpdateFeatures: raises and lowers the finalized levels of features (KIP-584).
 *
 * - 1: kinds of downgrade, checking only (KIP-778).
 * - 2: one error for all, because either every feature is changed or none.
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  int8,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const UpdateFeaturesRequest = message(
  { name: 'UpdateFeaturesRequest', key: 57, versions: [0, 2], flexibleSince: 0 },
  {
    timeoutMs: field(int32, { default: 60000 }),
    featureUpdates: array({
      feature: string,
      maxVersionLevel: int16,
      allowDowngrade: field(bool, { until: 0 }),
      /** 1: upgrade, 2: safe downgrade, 3: unsafe downgrade. */
      upgradeType: field(int8, { since: 1, default: 1 }),
    }),
    validateOnly: field(bool, { since: 1 }),
  },
)

export const UpdateFeaturesResponse = message(
  { name: 'UpdateFeaturesResponse', key: 57, versions: [0, 2], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: nullable(string),
    results: field(
      array({
        feature: string,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
      { until: 1 },
    ),
  },
)
