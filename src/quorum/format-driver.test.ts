import { describe, expect, it } from 'vitest'
import { World } from '../../sim/index.ts'
import { defaultFeatureLevels, metadataRecord } from '../metadata/index.ts'
import type { MetadataRecord } from '../metadata/index.ts'
import { QuorumError } from './error.ts'
import { formatDirectories, readBootstrapRecords, readIdentity } from './format-driver.ts'
import type { FormatOptions, FormattedDirectory } from './format-driver.ts'
import { FORMAT, METADATA_DIR } from './quorum-harness.conformance.ts'
import { readSnapshotFile } from './snapshots-driver.ts'

const BOOTSTRAP_SNAPSHOT = `${METADATA_DIR}/00000000000000000000-0000000000.checkpoint`

function setup(seed = 1) {
  const world = new World({ seed })
  const machine = world.machine('a')
  return {
    machine,
    get disk() {
      return machine.process('look').io.disk
    },
    format: (overrides: Partial<FormatOptions> = {}): Promise<FormattedDirectory[]> =>
      world.settle(formatDirectories(machine.process('f').io, { ...FORMAT, ...overrides })),
  }
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof QuorumError ? error.code : error),
  )
}

function levels(records: readonly MetadataRecord[]): string[] {
  return records.flatMap(({ type, value }) =>
    type === 'featureLevel' ? [`${value.name}=${value.featureLevel}`] : [],
  )
}

describe('formatDirectories', () => {
  it('writes identity, first voters and the levels that are served', async () => {
    const node = setup()
    const [directory] = await node.format()
    expect(readIdentity(node.disk, '/data')).toEqual({
      clusterId: FORMAT.clusterId,
      nodeId: 1,
      directoryId: directory?.directoryId,
    })
    const { facts } = readSnapshotFile(node.disk, BOOTSTRAP_SNAPSHOT)
    expect(facts.kraftVersion).toBe(1)
    expect(facts.voters).toMatchObject([
      { id: 1, directoryId: directory?.directoryId, endpoints: [FORMAT.standalone] },
    ])
    expect(levels(readBootstrapRecords(node.disk, '/data'))).toEqual(
      [...defaultFeatureLevels(30)]
        .filter(([name]) => name !== 'kraft.version')
        .map(([name, level]) => `${name}=${level}`),
    )
  })

  it('gives each directory an id of its own, and the metadata to one only', async () => {
    const node = setup()
    const formatted = await node.format({ dirs: ['/d1', '/data', '/d2'] })
    expect(new Set(formatted.map(({ directoryId }) => directoryId)).size).toBe(3)
    expect(node.disk.exists('/d1/bootstrap.checkpoint')).toBe(false)
    expect(node.disk.exists('/d1/__cluster_metadata-0')).toBe(false)
    expect(node.disk.exists('/d2/meta.properties')).toBe(true)
  })

  it('writes no voters where they come from elsewhere, and the levels that are asked for', async () => {
    const node = setup()
    const features = new Map([
      ['metadata.version', 25],
      ['share.version', 0],
    ])
    await node.format({ standalone: null, features })
    expect(node.disk.exists(METADATA_DIR)).toBe(false)
    expect(levels(readBootstrapRecords(node.disk, '/data'))).toEqual(['metadata.version=25'])
  })

  it('leaves what is formatted alone', async () => {
    const node = setup()
    const [first] = await node.format()
    expect(await codeOf(node.format())).toBe('ALREADY_FORMATTED')
    const again = await node.format({ dirs: ['/data', '/d2'], ignoreFormatted: true })
    expect(again).toMatchObject([
      { path: '/data', directoryId: first?.directoryId, isNew: false },
      { path: '/d2', isNew: true },
    ])
    const ignoreFormatted = true
    expect(await codeOf(node.format({ ignoreFormatted, nodeId: 2 }))).toBe('WRONG_IDENTITY')
    const clusterId = 'QQQQQQQQQQQQQQQQQQQQQQ'
    expect(await codeOf(node.format({ ignoreFormatted, clusterId }))).toBe('WRONG_IDENTITY')
  })

  it('refuses a metadata log without identity, and an identity that cannot be read', async () => {
    const node = setup()
    node.disk.makeDirectory(METADATA_DIR)
    node.disk.writeFile(`${METADATA_DIR}/00000000000000000000.log`, Buffer.alloc(0))
    expect(await codeOf(node.format())).toBe('NOT_EMPTY')
    const other = setup()
    other.disk.makeDirectory('/data')
    other.disk.writeFile('/data/meta.properties', Buffer.from('version=0\nbroker.id=1\n'))
    expect(await codeOf(other.format())).toBe('DAMAGED')
  })

  it('can be done again after a power cut at any moment, or is done', async () => {
    let cutShort = 0
    for (let nth = 1; nth <= 30; nth++) {
      const node = setup(nth)
      const disarm = node.machine.volume.inject({
        nth,
        effect: { kind: 'powerCut', when: 'before' },
      })
      await node.format().catch(() => undefined)
      disarm()
      if (node.machine.isOn) node.machine.powerCut()
      node.machine.powerOn()
      if (!node.disk.exists('/data/meta.properties')) {
        cutShort += 1
        await node.format()
      }
      const directoryId = readIdentity(node.disk, '/data')?.directoryId
      const { facts } = readSnapshotFile(node.disk, BOOTSTRAP_SNAPSHOT)
      expect(facts.voters).toMatchObject([{ directoryId }])
      expect(levels(readBootstrapRecords(node.disk, '/data'))).toContain('metadata.version=30')
    }
    expect(cutShort).toBeGreaterThan(5)
  })
})

describe('readBootstrapRecords', () => {
  it('gives the levels of a new cluster where nothing was left', () => {
    expect(readBootstrapRecords(setup().disk, '/data')[0]).toEqual(
      metadataRecord('featureLevel', { name: 'metadata.version', featureLevel: 30 }),
    )
  })
})
