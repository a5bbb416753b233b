import type { Command } from 'commander'
import { ZERO_UUID } from '../../../base/index.ts'
import { DeleteTopicsRequest, DeleteTopicsResponse, errorCodes } from '../../../protocol/index.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { examples, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { printOutcomes } from '../../outcomes.ts'

interface DeleteOptions extends CommonOptions {
  readonly ifExists?: true
}

export function register(topic: Command): void {
  withCommon(
    topic
      .command('delete')
      .alias('rm')
      .description('Delete topics with all their records')
      .argument('<topic...>'),
  )
    .option('--if-exists', 'a missing topic is no failure')
    .addHelpText(
      'after',
      examples('highwater topic delete orders', 'highwater topic delete a b c --if-exists'),
    )
    .action((names: string[], options: DeleteOptions) =>
      runCommand(options, (client) => deleteTopics(client, [...new Set(names)], options)),
    )
}

async function deleteTopics(
  client: ClusterClient,
  names: readonly string[],
  { format, ifExists }: DeleteOptions,
): Promise<void> {
  const node = await client.controller()
  const { responses } = await node.send(DeleteTopicsRequest, DeleteTopicsResponse, {
    topics: names.map((name) => ({ name, topicId: ZERO_UUID })),
    topicNames: names,
    timeoutMs: client.timeoutMs,
  })
  const outcomes = responses.map(({ name, errorCode, errorMessage }) => {
    const isMissing = errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION && ifExists
    return {
      name: name ?? '',
      errorCode: isMissing ? 0 : errorCode,
      errorMessage,
      action: `delete topic '${name ?? ''}'`,
      done: isMissing ? `There is no topic '${name ?? ''}'` : `Deleted topic '${name ?? ''}'`,
      details: { deleted: !isMissing },
    }
  })
  printOutcomes(format, 'topics', outcomes)
}
