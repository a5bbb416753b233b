import type { Command } from 'commander'
import { OffsetDeleteRequest, OffsetDeleteResponse } from '../../../protocol/index.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { checkError } from '../../client/errors.ts'
import { askCoordinator, committedOffsets } from '../../client/groups.ts'
import { examples, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { UsageError } from '../../failure.ts'
import { printOutcomes } from '../../outcomes.ts'
import { topicSelection } from '../../topic-selection.ts'
import type { TopicSelection } from '../../topic-selection.ts'

interface DeleteOptions extends CommonOptions {
  readonly topic: readonly TopicSelection[]
}

export function register(group: Command): void {
  withCommon(
    group
      .command('delete-offsets')
      .description('Forget committed offsets of a group in topics that no member reads')
      .argument('<group>'),
  )
    .requiredOption(
      '-t, --topic <topic[:partitions]>',
      'such as orders or orders:0,3; may be repeated',
      topicSelection,
    )
    .addHelpText(
      'after',
      examples(
        'highwater group delete-offsets billing -t orders',
        'highwater group delete-offsets billing -t orders:0,1 -t payments',
      ),
    )
    .action((name: string, options: DeleteOptions) =>
      runCommand(options, (client) => deleteOffsets(client, name, options)),
    )
}

async function deleteOffsets(
  client: ClusterClient,
  group: string,
  { topic: selections, format }: DeleteOptions,
): Promise<void> {
  const committed = await committedOffsets(client, group, null)
  const topics = selections.map(({ topic, partitions }) => {
    const known = committed.filter((item) => item.topic === topic)
    const numbers = partitions ?? known.map(({ partition }) => partition)
    if (numbers.length === 0) {
      throw new UsageError(
        `Cannot delete offsets: group '${group}' has committed none in '${topic}'`,
      )
    }
    return { name: topic, partitions: numbers.map((partitionIndex) => ({ partitionIndex })) }
  })
  const answer = await askCoordinator(client, group, (node) =>
    node.send(OffsetDeleteRequest, OffsetDeleteResponse, { groupId: group, topics }),
  )
  checkError(answer.errorCode, `delete offsets of group '${group}'`)
  const outcomes = answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => ({
      name: `${name}-${partitionIndex}`,
      errorCode,
      errorMessage: null,
      action: `delete the offset of ${name}-${partitionIndex}`,
      done: `Deleted the offset of ${name}-${partitionIndex}`,
      details: { deleted: true },
    })),
  )
  printOutcomes(format, 'partitions', outcomes)
}
