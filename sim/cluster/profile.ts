/**
 * What one seed decides about a run of the cluster profile: how many nodes, their configuration, their world, how much work, which faults.
 *
 * The fault model. Any node, or all of them, may be killed, paused for up to twenty seconds, or stopped in order at any event; connections may be cut; any
 * machines may be cut off from any others, in both directions or in one; links and disks may stand still; wall clocks drift and jump. Where acknowledgements wait for
 * the disk (`beforeAck`), power may go as well, of one machine or of all, at any event or right after an answer, and writes and syncs may fail. Nothing is wiped and
 * nothing rots here.
 *
 * What must hold then: what was acknowledged with acks=all, or read by a consumer, is there for good, once, at its offset, in its order; in the page cache of
 * all in-sync replicas that is true of every fault but those of power and disk. Once all faults are over, the cluster is whole again within two minutes, and
 * replicas are the same byte by byte.
 */
import type { Prng } from '../../src/base/index.ts'
import { World } from '../index.ts'
import type { SimNetworkOptions, VolumeOptions } from '../index.ts'
import type { ProfileBounds } from '../seeds.ts'

const FAULT_KINDS = [
  'kill',
  'killAll',
  'killAtAnswer',
  'pause',
  'cleanRestart',
  'isolate',
  'split',
  'oneWay',
  'stallLink',
  'cutConnections',
  'slowDisk',
  'clockJump',
] as const
const POWER_FAULT_KINDS = [
  'powerCut',
  'powerCutAll',
  'powerCutAtAnswer',
  'writeError',
  'syncError',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number] | (typeof POWER_FAULT_KINDS)[number]

export interface NodePlan {
  readonly id: number
  readonly host: string
  readonly driftPpm: number
  readonly properties: ReadonlyMap<string, string>
}

export interface ClusterProfile {
  readonly seed: number
  readonly nodes: readonly NodePlan[]
  readonly flushBeforeAck: boolean
  readonly replicationFactor: number
  readonly minInsyncReplicas: number
  readonly network: SimNetworkOptions
  readonly disk: VolumeOptions
  readonly clients: number
  /** Between two operations of a client, at most. */
  readonly thinkMs: number
  readonly operations: number
  readonly faultKinds: readonly FaultKind[]
  readonly faults: number
  readonly faultGapMs: readonly [number, number]
}

export const LOG_DIR = '/data'
export const KAFKA_PORT = 9092
const CONTROLLER_PORT = 9093

export function drawCluster(seed: number, bounds: ProfileBounds = {}): ClusterProfile {
  const prng = new World({ seed }).prng('cluster profile')
  const nodeCount = prng.pick([1, 2, 3, 3, 3, 3, 4, 5])
  const replicationFactor = Math.min(nodeCount, 3)
  const minInsyncReplicas = prng.chance(0.8) ? Math.max(1, replicationFactor - 1) : 1
  const flushBeforeAck = prng.chance(0.6)
  const shared = drawProperties(prng, { nodeCount, replicationFactor, minInsyncReplicas })
  shared.set('log.flush.before.ack', String(flushBeforeAck))
  const calm = prng.chance(0.1)
  const possible = flushBeforeAck ? [...FAULT_KINDS, ...POWER_FAULT_KINDS] : FAULT_KINDS
  const faultKinds = calm ? [] : possible.filter(() => prng.chance(0.35))
  const operations = prng.int(60, 400)
  const faults = faultKinds.length === 0 ? 0 : prng.int(3, 25)
  const clients = prng.int(2, 4)
  const faultGapMs = prng.pick([[20, 400] as const, [200, 2_000] as const, [1_000, 6_000] as const])
  // So that there is work for as long as there are faults.
  const thinkMs = ((faultGapMs[0] + faultGapMs[1]) * Math.max(faults, 5) * clients) / operations
  return {
    seed,
    nodes: planNodes(prng, nodeCount, shared),
    flushBeforeAck,
    replicationFactor,
    minInsyncReplicas,
    network: {
      splitChance: prng.pick([0, 0, 0.2]),
      cutChance: calm ? 0 : prng.pick([0, 0, 0.001]),
      stallChance: calm ? 0 : prng.pick([0, 0, 0.005]),
    },
    disk: { syncMs: prng.pick([[0.1, 3] as const, [0.1, 3] as const, [1, 40] as const]) },
    clients,
    thinkMs,
    operations: Math.min(operations, bounds.operationsMax ?? Infinity),
    faultKinds,
    faults: Math.min(faults, bounds.faultsMax ?? Infinity),
    faultGapMs,
  }
}

/** On one line, as it is printed of a seed that failed. */
export function describeCluster(profile: ClusterProfile): string {
  const { nodes, flushBeforeAck, replicationFactor, minInsyncReplicas, clients } = profile
  const { operations, faults, faultKinds, faultGapMs, network } = profile
  return `nodes=${nodes.length} flush.before.ack=${flushBeforeAck} rf=${replicationFactor} min.isr=${minInsyncReplicas} clients=${clients} operations=${operations} faults=${faults} (${faultKinds.join(' ')}) every ${faultGapMs.join('-')} ms network=${JSON.stringify(network)} ${[...(nodes[0]?.properties ?? [])].map(([key, value]) => `${key}=${value}`).join(' ')}`
}

interface Size {
  readonly nodeCount: number
  readonly replicationFactor: number
  readonly minInsyncReplicas: number
}

function drawProperties(prng: Prng, size: Size): Map<string, string> {
  return new Map([
    ['log.dirs', LOG_DIR],
    ['http.listener', ''],
    ['controller.listener.names', 'CONTROLLER'],
    ['inter.broker.listener.name', 'PLAINTEXT'],
    ['listener.security.protocol.map', 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT'],
    ['auto.create.topics.enable', 'false'],
    ['unclean.leader.election.enable', 'false'],
    ['default.replication.factor', String(size.replicationFactor)],
    ['min.insync.replicas', String(size.minInsyncReplicas)],
    ['offsets.topic.num.partitions', '2'],
    ['offsets.topic.replication.factor', String(size.replicationFactor)],
    ['replica.lag.time.max.ms', String(prng.pick([1_500, 5_000, 30_000]))],
    ['broker.session.timeout.ms', String(prng.pick([3_000, 9_000]))],
    ['broker.heartbeat.interval.ms', '1000'],
  ])
}

function planNodes(prng: Prng, count: number, shared: ReadonlyMap<string, string>): NodePlan[] {
  const controllers = count >= 3 ? 3 : 1
  const voters = Array.from(
    { length: controllers },
    (_, index) => `${index + 1}@node${index + 1}:${CONTROLLER_PORT}`,
  )
  return Array.from({ length: count }, (_, index) => {
    const id = index + 1
    const host = `node${id}`
    const isController = id <= controllers
    const kafka = `PLAINTEXT://:${KAFKA_PORT}`
    const properties = new Map([
      ...shared,
      ['node.id', String(id)],
      ['process.roles', isController ? 'broker,controller' : 'broker'],
      ['controller.quorum.voters', voters.join(',')],
      ['listeners', isController ? `${kafka},CONTROLLER://:${CONTROLLER_PORT}` : kafka],
      ['advertised.listeners', `PLAINTEXT://${host}:${KAFKA_PORT}`],
      ['broker.rack', `rack${id}`],
    ])
    return { id, host, driftPpm: prng.int(-200, 200), properties }
  })
}
