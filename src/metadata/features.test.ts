import { describe, expect, it } from 'vitest'
import {
  defaultFeatureLevels,
  features,
  METADATA_VERSION_LATEST,
  METADATA_VERSION_MIN,
  metadataVersionLevel,
  metadataVersionName,
  supportedFeatures,
} from './features.ts'

describe('metadata.version', () => {
  it.each([
    [7, '3.3-IV3'],
    [14, '3.6-IV2'],
    [17, '3.7-IV2'],
    [21, '3.9-IV0'],
    [25, '4.0-IV3'],
    [30, '4.3-IV0'],
  ])('level %i is %s', (level, name) => {
    expect(metadataVersionName(level)).toBe(name)
    expect(metadataVersionLevel(name)).toBe(level)
  })

  it('ends where Apache Kafka 4.3 does', () => {
    expect(metadataVersionName(METADATA_VERSION_MIN - 1)).toBeUndefined()
    expect(metadataVersionName(METADATA_VERSION_LATEST + 1)).toBeUndefined()
    expect(metadataVersionLevel('4.4-IV0')).toBeUndefined()
  })

  it('takes a release for its last level', () => {
    expect(['4.3', '4.2', '4.0', '3.9', '3.2', '4', '4.'].map(metadataVersionLevel)).toEqual([
      30,
      29,
      25,
      21,
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('features', () => {
  it('give a new cluster no level that is not supported', () => {
    for (const metadataVersion of [7, 21, 30]) {
      for (const [name, level] of defaultFeatureLevels(metadataVersion)) {
        expect(level).toBeLessThanOrEqual(supportedFeatures.get(name)?.max ?? -1)
        expect(level).toBeGreaterThan(0)
      }
    }
    expect(defaultFeatureLevels(20).get('kraft.version')).toBeUndefined()
    expect(defaultFeatureLevels(21).get('kraft.version')).toBe(1)
    expect(defaultFeatureLevels(30).get('metadata.version')).toBe(30)
  })

  it('are those of 4.3', () => {
    expect(supportedFeatures.size).toBe(features.length + 1)
    expect(supportedFeatures.get('metadata.version')).toEqual({ min: 7, max: 30 })
  })
})
