import { describe, expect, it } from 'vitest'
import { applyRecords, configResourceTypes, emptyImage, metadataRecord } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import { brokerRecord, contextOf } from './harness.conformance.ts'
import { registerController } from './register-controller.ts'
import { updateFeatures } from './update-features.ts'

const [UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE] = [1, 2, 3]

function rangeOf(max: number) {
  return [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: max }]
}

/** metadata.version 29; brokers 1 and 2, controllers 1 to 3, all with the range 7 to 30. */
function imageOf(level = 29, brokerMax = 30, controllerMax = 30, controllers = [1, 2, 3]) {
  const image = applyRecords(emptyImage, [
    metadataRecord('featureLevel', { name: 'metadata.version', featureLevel: level }),
    brokerRecord(1, { features: rangeOf(30) }),
    brokerRecord(2, { features: rangeOf(brokerMax) }),
  ])
  const registered = controllers.map((controllerId) =>
    metadataRecord('registerController', {
      controllerId,
      incarnationId: 'bTIE0c12SJKpE9Kdr0FUAg',
      zkMigrationReady: false,
      endPoints: [],
      features: rangeOf(controllerId === 3 ? controllerMax : 30),
    }),
  )
  return applyRecords(image, registered)
}

function update(
  image: MetadataImage,
  level: number,
  upgradeType: number | undefined = UPGRADE,
  {
    feature = 'metadata.version',
    validateOnly = false,
    apiVersion = 1,
    allowDowngrade = false,
  } = {},
) {
  const featureUpdates = [{ feature, maxVersionLevel: level, upgradeType, allowDowngrade }]
  const request = { timeoutMs: 0, featureUpdates, validateOnly }
  const { records, response } = updateFeatures(
    image,
    request,
    contextOf(),
    { apiVersion },
    [1, 2, 3],
  )
  const after = applyRecords(image, records)
  return {
    error: errorName(response.errorCode),
    response,
    records,
    level: after.features.level(feature),
  }
}

describe('updateFeatures', () => {
  it('raises a level that all nodes know', () => {
    const { error, level, response } = update(imageOf(), 30)
    expect([error, level]).toEqual(['NONE', 30])
    expect(response.results).toEqual([
      { feature: 'metadata.version', errorCode: 0, errorMessage: null },
    ])
  })

  it('changes nothing when it is only asked whether it could', () => {
    expect(update(imageOf(), 30, UPGRADE, { validateOnly: true }).records).toEqual([])
    expect(update(imageOf(), 99, UPGRADE, { validateOnly: true }).error).toBe(
      'INVALID_UPDATE_VERSION',
    )
  })

  it('lowers a level where no form of a record is lost, when it is said to be a downgrade', () => {
    expect(update(imageOf(), 25).error).toBe('INVALID_UPDATE_VERSION')
    for (const kind of [SAFE_DOWNGRADE, UNSAFE_DOWNGRADE]) {
      expect(update(imageOf(), 25, kind).level).toBe(25)
      expect(update(imageOf(), 22, kind).error).toBe('INVALID_UPDATE_VERSION')
      expect(update(imageOf(30), 29, kind).error).toBe('INVALID_UPDATE_VERSION')
      expect(update(imageOf(), 30, kind).error).toBe('INVALID_UPDATE_VERSION')
    }
    const old = { apiVersion: 0, allowDowngrade: true }
    expect(update(imageOf(), 25, UPGRADE, old).level).toBe(25)
  })

  it('does not go where one node cannot follow', () => {
    const messages = [imageOf(29, 29), imageOf(29, 30, 29), imageOf(29, 30, 30, [1, 2])].map(
      (image) => update(image, 30).response.errorMessage,
    )
    expect(messages).toEqual([
      expect.stringContaining('Broker 2 supports only versions 7 to 29'),
      expect.stringContaining('Controller 3 supports only versions 7 to 29'),
      expect.stringContaining('Controller 3 has not registered'),
    ])
  })

  it('knows about itself better than its registration, which may be older', () => {
    const old = metadataRecord('registerController', {
      controllerId: 1,
      incarnationId: 'bTIE0c12SJKpE9Kdr0FUAg',
      zkMigrationReady: false,
      endPoints: [],
      features: rangeOf(29),
    })
    expect(update(applyRecords(imageOf(), [old]), 30).error).toBe('NONE')
  })

  it.each([
    ['metadata.version', 31],
    ['metadata.version', 6],
    ['metadata.version', -1],
    ['kraft.version', 0],
    ['group.version', 1],
    ['made.up', 1],
  ])('refuses %s %i', (feature, level) => {
    expect(update(imageOf(), level, UPGRADE, { feature }).error).toBe('INVALID_UPDATE_VERSION')
    expect(update(imageOf(), level, UPGRADE, { feature }).records).toEqual([])
  })
})

describe('eligible leader replicas', () => {
  const feature = 'eligible.leader.replicas.version'
  const ranges = [...rangeOf(30), { name: feature, minSupportedVersion: 0, maxSupportedVersion: 1 }]
  const { BROKER: resourceType } = configResourceTypes
  const minIsr = (resourceName: string, value: string) =>
    metadataRecord('config', { resourceType, resourceName, name: 'min.insync.replicas', value })
  const capable = applyRecords(imageOf(29, 30, 30, []), [
    ...[1, 2].map((id) => brokerRecord(id, { features: ranges })),
    ...[1, 2, 3].map((controllerId) =>
      metadataRecord('registerController', {
        controllerId,
        incarnationId: 'bTIE0c12SJKpE9Kdr0FUAg',
        zkMigrationReady: false,
        endPoints: [],
        features: ranges,
      }),
    ),
  ])
  const begin = (image: MetadataImage) => {
    const { records, error } = update(image, 1, UPGRADE, { feature })
    const { configs } = applyRecords(image, records)
    const valueOf = (name: string) => configs.of(resourceType, name).get('min.insync.replicas')
    return { error, records, ofAll: valueOf(''), ofOne: valueOf('1') }
  }

  it('begin with one min.insync.replicas for all brokers', () => {
    const own = applyRecords(capable, [minIsr('1', '2')])
    expect(begin(own)).toMatchObject({ error: 'NONE', ofAll: '1', ofOne: undefined })
    const set = applyRecords(capable, [minIsr('', '3')])
    expect(begin(set)).toMatchObject({ error: 'NONE', ofAll: '3' })
    expect(begin(set).records).toHaveLength(1)
  })

  it('need a metadata.version that has records for them', () => {
    const level = metadataRecord('featureLevel', { name: 'metadata.version', featureLevel: 22 })
    const { error, records } = begin(applyRecords(capable, [level]))
    expect([error, records]).toEqual(['INVALID_UPDATE_VERSION', []])
  })
})

describe('registerController', () => {
  const request = {
    controllerId: 4,
    incarnationId: 'bTIE0c12SJKpE9Kdr0FUAg',
    zkMigrationReady: false,
    listeners: [{ name: 'CONTROLLER', host: 'c4', port: 9093, securityProtocol: 0 }],
    features: rangeOf(30),
  }

  it('notes where a controller listens and what it can', () => {
    const { records } = registerController(imageOf(), request)
    expect(applyRecords(imageOf(), records).cluster.controllers.get(4)).toMatchObject({
      endpoints: request.listeners,
      features: new Map([['metadata.version', { min: 7, max: 30 }]]),
    })
  })

  it('needs a metadata.version that has a record for it', () => {
    const { records, response } = registerController(imageOf(14, 30, 30, []), request)
    expect([records, errorName(response.errorCode)]).toEqual([[], 'UNSUPPORTED_VERSION'])
  })
})
