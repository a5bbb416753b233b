import type { Command } from 'commander'
import { UnregisterBrokerRequest, UnregisterBrokerResponse } from '../../../protocol/index.ts'
import { brokersWith, listBrokers } from '../../client/brokers.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { checkError } from '../../client/errors.ts'
import {
  countArgument,
  examples,
  printJson,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { UsageError } from '../../failure.ts'

interface UnregisterOptions extends CommonOptions {
  readonly force?: true
}

export function register(broker: Command): void {
  withCommon(
    broker
      .command('unregister')
      .description('Forget a broker that will not come back')
      .argument('<broker>', 'its id', countArgument(0)),
  )
    .option('--force', 'although it is up, or partitions still have replicas on it')
    .addHelpText(
      'after',
      examples(
        'highwater reassign plan --remove 3 --format json > plan.json      first its replicas',
        'highwater broker unregister 3',
      ),
    )
    .action((id: number, options: UnregisterOptions) =>
      runCommand(options, (client) => unregister(client, id, options)),
    )
}

async function unregister(
  client: ClusterClient,
  id: number,
  { force, format }: UnregisterOptions,
): Promise<void> {
  if (!force) await checkUnused(client, id)
  const answer = await client.send(UnregisterBrokerRequest, UnregisterBrokerResponse, {
    brokerId: id,
  })
  checkError(answer.errorCode, `unregister broker ${id}`, answer.errorMessage)
  if (format === 'json') return printJson({ id, unregistered: true })
  printText(`Broker ${id} is not registered any more`)
}

/** A broker that is up would only fall out of the cluster until its next start; replicas on one that is forgotten stay missing. */
async function checkUnused(client: ClusterClient, id: number): Promise<void> {
  const [broker] = brokersWith(await listBrokers(client), [id])
  const { topics } = await client.metadata(null)
  const replicas = topics
    .flatMap(({ partitions }) => partitions)
    .filter(({ replicaNodes }) => replicaNodes.includes(id)).length
  const reasons = [
    ...(broker?.isFenced === false ? ['it is up (stop it first)'] : []),
    ...(replicas > 0
      ? [
          `${replicas} partitions have a replica on it (move them: highwater reassign plan --remove ${id})`,
        ]
      : []),
  ]
  if (reasons.length === 0) return
  throw new UsageError(
    `Cannot unregister broker ${id}: ${reasons.join(', and ')}; --force does it all the same`,
  )
}
