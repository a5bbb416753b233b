/**
 * What one seed decides about a run of the storage profile: the node's configuration, its world, how much work, which faults.
 *
 * The fault model. The node may be killed between any two events and inside any call of its disk; its machine may lose power at the same
 * moments, or right after it has answered somebody, and the disk then keeps, drops or tears what was not synced (file-image.ts, names.ts). Writes and syncs may fail (EIO; a failed sync
 * behaves as ext4's), the disk may be full for a while, syncs may be slow or stand still, the wall clock may jump, the node may be
 * paused, connections may be cut and bytes come in pieces. Stored bytes do not rot here.
 *
 * What must hold then is the promise of the flush mode: see {@link FlushMode}.
 */
import type { Prng } from '../../src/base/index.ts'
import type { SimNetworkOptions } from '../index.ts'
import { World } from '../index.ts'
import type { VolumeOptions } from '../index.ts'
import type { ProfileBounds } from '../seeds.ts'

/**
 * beforeAck: nothing acknowledged is ever lost.
 * messages: a power cut takes fewer than `count` acknowledged records of a partition, the last ones.
 * interval, pageCache: a power cut takes a tail of each partition; what was there at a clean stop stays.
 */
export type FlushMode =
  | { readonly kind: 'beforeAck'; readonly explicit: boolean }
  | { readonly kind: 'messages'; readonly count: number }
  | { readonly kind: 'interval'; readonly intervalMs: number }
  | { readonly kind: 'pageCache' }

export const FAULT_KINDS = [
  'kill',
  'killInCall',
  'powerCut',
  'powerCutInCall',
  'powerCutAtAnswer',
  'cleanRestart',
  'writeError',
  'syncError',
  'noSpace',
  'slowDisk',
  'cutConnections',
  'clockJump',
  'pause',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface Profile {
  readonly seed: number
  readonly flush: FlushMode
  readonly logDirs: readonly string[]
  readonly properties: ReadonlyMap<string, string>
  readonly network: SimNetworkOptions
  readonly disk: VolumeOptions
  readonly clients: number
  /** Between two operations of a client, at most. */
  readonly thinkMs: number
  /** Operations of all clients together. */
  readonly operations: number
  /** Kinds of faults that happen in this run; none: a run without. */
  readonly faultKinds: readonly FaultKind[]
  readonly faults: number
  readonly faultGapMs: readonly [number, number]
}

export function drawProfile(seed: number, bounds: ProfileBounds = {}): Profile {
  const prng = new World({ seed }).prng('profile')
  const flush = drawFlush(prng)
  const logDirs = prng.chance(0.3) ? ['/data/a', '/data/b'] : ['/data/a']
  const calm = prng.chance(0.1)
  const kinds = calm ? [] : FAULT_KINDS.filter(() => prng.chance(0.45))
  const operations = prng.int(50, 500)
  const faults = kinds.length === 0 ? 0 : prng.int(2, 30)
  return {
    seed,
    flush,
    logDirs,
    properties: drawProperties(prng, flush, logDirs),
    network: {
      splitChance: prng.pick([0, 0.2, 0.8]),
      cutChance: calm ? 0 : prng.pick([0, 0, 0.002, 0.01]),
      stallChance: calm ? 0 : prng.pick([0, 0.01]),
    },
    disk: { syncMs: prng.pick([[0.1, 3] as const, [0.1, 3] as const, [1, 40] as const]) },
    clients: prng.int(1, 5),
    thinkMs: prng.pick([3, 20, 80]),
    operations: Math.min(operations, bounds.operationsMax ?? Infinity),
    faultKinds: kinds,
    faults: Math.min(faults, bounds.faultsMax ?? Infinity),
    faultGapMs: prng.pick([[5, 60] as const, [30, 400] as const, [300, 2_000] as const]),
  }
}

/** On one line, as it is printed of a seed that failed. */
export function describeProfile(profile: Profile): string {
  const { flush, logDirs, clients, operations, faults, faultKinds, properties } = profile
  const settings = [...properties].map(([key, value]) => `${key}=${value}`).join(' ')
  return `flush=${JSON.stringify(flush)} dirs=${logDirs.length} clients=${clients} operations=${operations} faults=${faults} (${faultKinds.join(' ')}) network=${JSON.stringify(profile.network)} disk=${JSON.stringify(profile.disk)} ${settings}`
}

function drawFlush(prng: Prng): FlushMode {
  const kind = prng.pick(['beforeAck', 'beforeAck', 'messages', 'interval', 'pageCache'] as const)
  switch (kind) {
    case 'beforeAck':
      return { kind, explicit: prng.chance(0.5) }
    case 'messages':
      return { kind, count: prng.pick([1, 2, 7, 30]) }
    case 'interval':
      return { kind, intervalMs: prng.pick([100, 1_000]) }
    case 'pageCache':
      return { kind }
  }
}

function drawProperties(
  prng: Prng,
  flush: FlushMode,
  logDirs: readonly string[],
): ReadonlyMap<string, string> {
  const properties = new Map<string, string>([
    ['log.dirs', logDirs.join(',')],
    ['listeners', 'PLAINTEXT://:9092'],
    ['advertised.listeners', 'PLAINTEXT://node:9092'],
    ['http.listener', ''],
    ['offsets.topic.num.partitions', '2'],
    ['auto.create.topics.enable', 'false'],
    ['log.retention.check.interval.ms', String(prng.pick([500, 5_000, 300_000]))],
    ['log.segment.delete.delay.ms', String(prng.pick([0, 200, 60_000]))],
  ])
  if (flush.kind === 'beforeAck') {
    if (flush.explicit) properties.set('log.flush.before.ack', 'true')
    return properties
  }
  properties.set('log.flush.before.ack', 'false')
  if (flush.kind === 'messages') properties.set('log.flush.interval.messages', String(flush.count))
  if (flush.kind === 'interval') properties.set('log.flush.interval.ms', String(flush.intervalMs))
  return properties
}
