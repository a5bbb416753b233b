import type { Command } from 'commander'
import {
  DeleteGroupsRequest,
  DeleteGroupsResponse,
  errorCodes,
  isRetriable,
} from '../../../protocol/index.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { checkError } from '../../client/errors.ts'
import { askCoordinator } from '../../client/groups.ts'
import { examples, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { printOutcomes } from '../../outcomes.ts'

export function register(group: Command): void {
  withCommon(
    group
      .command('delete')
      .alias('rm')
      .description('Delete groups without members, and their committed offsets')
      .argument('<group...>'),
  )
    .addHelpText('after', examples('highwater group delete billing billing-test'))
    .action((names: string[], options: CommonOptions) =>
      runCommand(options, (client) => deleteGroups(client, [...new Set(names)], options)),
    )
}

async function deleteGroups(
  client: ClusterClient,
  names: readonly string[],
  { format }: CommonOptions,
): Promise<void> {
  const outcomes = await Promise.all(
    names.map(async (name) => {
      const result = await askCoordinator(client, name, async (node) => {
        const draft = { groupsNames: [name] }
        const { results } = await node.send(DeleteGroupsRequest, DeleteGroupsResponse, draft)
        const errorCode = results[0]?.errorCode ?? errorCodes.UNKNOWN_SERVER_ERROR
        if (isRetriable(errorCode)) checkError(errorCode, `delete group '${name}'`)
        return results[0]
      })
      return {
        name,
        errorCode: result?.errorCode ?? errorCodes.UNKNOWN_SERVER_ERROR,
        errorMessage: result?.errorMessage ?? null,
        action: `delete group '${name}'`,
        done: `Deleted group '${name}'`,
        details: { deleted: true },
      }
    }),
  )
  printOutcomes(format, 'groups', outcomes)
}
