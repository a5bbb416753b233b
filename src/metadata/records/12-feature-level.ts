import { int16, message, string } from '../../wire/index.ts'

/**
 * The finalized level of a feature; 0 takes the feature away. A log or snapshot begins with the one for
 * `metadata.version`, which says how to read the rest, so this schema can never change.
 */
export const FeatureLevelRecord = message(
  { name: 'FeatureLevelRecord', key: 12, versions: [0, 0], flexibleSince: 0 },
  { name: string, featureLevel: int16 },
)
