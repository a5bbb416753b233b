import { Option } from 'commander'
import type { Command } from 'commander'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { mayPass } from '../../client/errors.ts'
import { describeLogDirs } from '../../client/log-dirs.ts'
import { partitionName } from '../../client/partitions.ts'
import type { TopicPartition } from '../../client/partitions.ts'
import type { Reassignment } from '../../client/reassignments.ts'
import { findThrottles, hasThrottles } from '../../client/throttle.ts'
import { selectedPartitions } from '../../client/topic-partitions.ts'
import {
  durationArgument,
  examples,
  failPartly,
  note,
  printJson,
  printTable,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { readPlan } from '../../reassign/plan-file.ts'
import type { Placement } from '../../reassign/planner.ts'
import { untilMoved } from '../../reassign/wait.ts'
import { formatSize } from '../../text/size.ts'

interface StatusOptions extends CommonOptions {
  /** True: as long as it takes. */
  readonly wait: number | boolean
}

export function register(reassign: Command): void {
  withCommon(
    reassign
      .command('status')
      .description('Show which replicas are moving, and how far they are')
      .argument(
        '[file]',
        'a plan: fail unless each of its partitions is where it should be, or moving',
      ),
  )
    .addOption(
      new Option('-w, --wait [duration]', 'until nothing moves; give up after the duration')
        .argParser(durationArgument)
        .default(false),
    )
    .addHelpText(
      'after',
      examples('highwater reassign status', 'highwater reassign status plan.json --wait 1h'),
    )
    .action((file: string | undefined, options: StatusOptions) =>
      runCommand(options, (client) => status(client, file, options)),
    )
}

interface Moving extends Reassignment {
  /** Of all copies together; null: a broker could not be asked. */
  readonly copiedBytes: number | null
  readonly totalBytes: number | null
}

async function status(
  client: ClusterClient,
  file: string | undefined,
  { wait, format }: StatusOptions,
): Promise<void> {
  const plan = file === undefined ? null : await readPlan(file)
  const waitMs = wait === true ? Infinity : wait === false ? 0 : wait
  const reassignments = await untilMoved(client, plan, waitMs)
  if (wait !== false && reassignments.length > 0) failPartly()
  const moving = await withProgress(client, reassignments)
  const elsewhere = plan === null ? [] : await notAsPlanned(client, plan, moving)
  if (elsewhere.length > 0) failPartly()
  const throttles = await findThrottles(client)
  if (format === 'json') return printJson({ moving, elsewhere, throttles })
  if (moving.length > 0) await printMoving(moving)
  else printText(plan === null ? 'Nothing is moving' : 'Nothing of the plan is moving')
  for (const it of elsewhere) {
    const [found, wanted] = [it.replicas.join(','), it.wanted.join(',')]
    printText(`${partitionName(it)} is on ${found} and not moving; the plan says ${wanted}`)
  }
  if (hasThrottles(throttles) && moving.length === 0)
    note('replication is still throttled: highwater reassign throttle none')
}

async function printMoving(moving: readonly Moving[]): Promise<void> {
  await printTable(
    [
      { title: 'partition', cell: (it) => partitionName(it) },
      { title: 'replicas', cell: ({ replicas }) => replicas.join(',') },
      { title: 'adding', cell: ({ adding }) => adding.join(',') },
      { title: 'removing', cell: ({ removing }) => removing.join(',') },
      { title: 'copied', align: 'right', cell: ({ copiedBytes }) => sizeText(copiedBytes) },
      { title: 'of', align: 'right', cell: ({ totalBytes }) => sizeText(totalBytes) },
    ],
    moving,
  )
}

function sizeText(sizeBytes: number | null): string | null {
  return sizeBytes === null ? null : formatSize(sizeBytes)
}

/** By bytes: a replica that is added is complete when it is as large as the largest. */
async function withProgress(
  client: ClusterClient,
  reassignments: readonly Reassignment[],
): Promise<Moving[]> {
  const ids = [...new Set(reassignments.flatMap(({ replicas }) => replicas))]
  const sizes = new Map(
    await Promise.all(
      ids.map(async (id) => [id, await replicaSizes(client, id, reassignments)] as const),
    ),
  )
  return reassignments.map((it) => {
    const sizeOn = (id: number): number => sizes.get(id)?.get(partitionName(it)) ?? 0
    const isKnown = it.adding.every((id) => sizes.get(id) !== null)
    const most = Math.max(0, ...it.replicas.map(sizeOn))
    const copiedBytes = it.adding.reduce((sum, id) => sum + sizeOn(id), 0)
    return {
      ...it,
      copiedBytes: isKnown ? copiedBytes : null,
      totalBytes: isKnown ? most * it.adding.length : null,
    }
  })
}

/** By partition; null: the broker could not be asked. */
async function replicaSizes(
  client: ClusterClient,
  brokerId: number,
  partitions: readonly TopicPartition[],
): Promise<Map<string, number> | null> {
  try {
    const dirs = await describeLogDirs(client, brokerId, partitions)
    const replicas = dirs.flatMap((dir) => dir.replicas)
    return new Map(replicas.map((it) => [partitionName(it), it.sizeBytes]))
  } catch (error) {
    if (mayPass(error)) return null
    throw error
  }
}

interface Elsewhere extends TopicPartition {
  readonly replicas: readonly number[]
  readonly wanted: readonly number[]
}

/** Partitions that neither move nor are where the plan wants them: they were moved elsewhere, or never started. */
async function notAsPlanned(
  client: ClusterClient,
  plan: readonly Placement[],
  moving: readonly Moving[],
): Promise<Elsewhere[]> {
  const names = new Set(moving.map(partitionName))
  const still = plan.filter((it) => !names.has(partitionName(it)))
  const selections = still.map(({ topic, partition }) => ({ topic, partitions: [partition] }))
  const found = await selectedPartitions(client, selections)
  const current = new Map(found.map((it) => [partitionName(it), it.replicas]))
  return still.flatMap(({ topic, partition, replicas: wanted }) => {
    const replicas = current.get(partitionName({ topic, partition })) ?? []
    return replicas.join() === wanted.join() ? [] : [{ topic, partition, replicas, wanted }]
  })
}
