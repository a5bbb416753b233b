/** A node's metadata quorum on a simulated machine, over any log, for the tests of this room. */
import { World } from '../../sim/index.ts'
import type { Machine, SimProcess } from '../../sim/index.ts'
import type { Uuid } from '../base/index.ts'
import { encodeRecord, MetadataLoader, metadataRecord } from '../metadata/index.ts'
import type { CommittedBatch, MetadataRecord } from '../metadata/index.ts'
import { formatDirectories } from './format-driver.ts'
import type { FormatOptions } from './format-driver.ts'
import { METADATA_LOG_DIRECTORY } from './log-driver.ts'
import type { MetadataLog } from './log-driver.ts'
import { Quorum } from './quorum-driver.ts'
import type { QuorumOptions } from './quorum-options.ts'
import { RETENTION_DEFAULTS } from './snapshot-keeper-driver.ts'

export const LOG_DIR = '/data'
export const METADATA_DIR = `${LOG_DIR}/${METADATA_LOG_DIRECTORY}`
export const ENDPOINT = { name: 'CONTROLLER', host: 'localhost', port: 9093 }
export const FORMAT: FormatOptions = {
  clusterId: 'HsKs0UDFRGS5qRZBaNJO5g',
  nodeId: 1,
  dirs: [LOG_DIR],
  metadataLogDir: LOG_DIR,
  standalone: ENDPOINT,
  ignoreFormatted: false,
}

/** Folds the log and remembers what it was given. */
export class RecordingListener extends MetadataLoader {
  readonly batches: CommittedBatch[] = []
  readonly records: MetadataRecord[] = []

  override load(batches: readonly CommittedBatch[]): ReturnType<MetadataLoader['load']> {
    this.batches.push(...batches)
    for (const batch of batches) this.records.push(...batch.records)
    return super.load(batches)
  }
}

export interface Node {
  readonly quorum: Quorum
  readonly listener: RecordingListener
  readonly failures: string[]
}

/** A machine whose log dir is formatted. */
export async function formatted(
  seed = 1,
  overrides: Partial<FormatOptions> = {},
): Promise<{ machine: Machine; directoryId: Uuid }> {
  const world = new World({ seed })
  const machine = world.machine('a')
  const process = machine.process('format')
  const result = await world.settle(
    (async () => {
      process.io.disk.makeDirectory(LOG_DIR)
      await process.io.disk.syncDirectory('/')
      return formatDirectories(process.io, { ...FORMAT, ...overrides })
    })(),
  )
  return { machine, directoryId: result[0]?.directoryId ?? '' }
}

export async function start(
  process: SimProcess,
  log: MetadataLog,
  options: Pick<QuorumOptions, 'directoryId'> & Partial<QuorumOptions>,
): Promise<Node> {
  const listener = new RecordingListener()
  const failures: string[] = []
  const quorum = await Quorum.start(process.io, log, listener, {
    nodeId: 1,
    staticVoters: [],
    endpoints: [ENDPOINT],
    retention: RETENTION_DEFAULTS,
    onFailure: ({ code }) => void failures.push(code),
    ...options,
  })
  return { quorum, listener, failures }
}

/** A metadata record with a text to recognise it by. */
export function marked(name: string, paddingBytes = 0): Buffer {
  const value = 'x'.repeat(paddingBytes)
  return encodeRecord(
    metadataRecord('config', { resourceType: 4, resourceName: '', name, value }),
    30,
  )
}

/** The marks among records, in their order. */
export function marksOf(records: Iterable<MetadataRecord>): string[] {
  return [...records].flatMap(({ type, value }) => (type === 'config' ? [value.name] : []))
}
