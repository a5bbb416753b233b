/** Compares what the nodes hold on their disks, once nothing is written any more: replicas are the same, byte by byte. */
import type { Disk } from '../../src/io/index.ts'
import { Violation } from '../violation.ts'
import type { Cluster } from './cluster.ts'
import { LOG_DIR } from './profile.ts'

interface Replica {
  readonly nodeId: number
  /** By base offset. */
  readonly batches: ReadonlyMap<number, Buffer>
  readonly logStart: number
  readonly logEnd: number
}

/** What must be on the disks of `nodeIds`: everything below `committedEnd`. */
export interface ReplicatedPartition {
  readonly name: string
  readonly nodeIds: readonly number[]
  readonly committedEnd: number
}

/** Checks the replicas of these partitions; throws {@link Violation}. */
export function checkReplicas(cluster: Cluster, partitions: readonly ReplicatedPartition[]): void {
  const disks = new Map(
    cluster.nodes.map(({ id, machine }) => [id, machine.process('reader').io.disk]),
  )
  for (const { name, nodeIds, committedEnd } of partitions) {
    const replicas = nodeIds.map((nodeId) => readReplica(disks.get(nodeId) as Disk, nodeId, name))
    compare(name, replicas, committedEnd)
  }
}

function compare(name: string, replicas: readonly Replica[], committedEnd: number): void {
  const [first, ...others] = replicas
  if (first === undefined) return
  const logStart = Math.max(...replicas.map((replica) => replica.logStart))
  for (const { nodeId, logEnd } of replicas) {
    if (logEnd < committedEnd)
      fail(`${name} ends at ${logEnd} on node ${nodeId}, committed is up to ${committedEnd}`)
  }
  for (const other of others) {
    for (const [baseOffset, bytes] of first.batches) {
      if (baseOffset < logStart || baseOffset >= committedEnd) continue
      const twin = other.batches.get(baseOffset)
      if (twin?.equals(bytes) === true) continue
      fail(`${name} on nodes ${first.nodeId} and ${other.nodeId}: offset ${baseOffset} differs`)
    }
  }
}

function readReplica(disk: Disk, nodeId: number, name: string): Replica {
  const dir = `${LOG_DIR}/${name}`
  if (!disk.exists(dir)) return { nodeId, batches: new Map(), logStart: 0, logEnd: 0 }
  const files = disk.list(dir).flatMap((entry) => (entry.name.endsWith('.log') ? entry.name : []))
  files.sort()
  const batches = new Map<number, Buffer>()
  let logEnd = Number(files[0]?.slice(0, -4) ?? 0)
  for (const file of files) {
    const bytes = disk.readFile(`${dir}/${file}`)
    for (let position = 0; position + 61 <= bytes.length;) {
      const baseOffset = Number(bytes.readBigInt64BE(position))
      const end = position + 12 + bytes.readInt32BE(position + 8)
      batches.set(baseOffset, bytes.subarray(position, end))
      logEnd = baseOffset + bytes.readInt32BE(position + 23) + 1
      position = end
    }
  }
  return { nodeId, batches, logStart: Number(files[0]?.slice(0, -4) ?? 0), logEnd }
}

function fail(message: string): never {
  throw new Violation('replicas', message)
}
