import type { Command } from 'commander'
import * as addVoter from './quorum/add-voter.ts'
import * as describe from './quorum/describe.ts'
import * as removeVoter from './quorum/remove-voter.ts'

export function register(program: Command): void {
  const quorum = program
    .command('quorum')
    .description(
      'The quorum of the controllers: who leads, who is behind, who votes; --bootstrap may name brokers or controllers',
    )
  for (const module of [describe, addVoter, removeVoter]) module.register(quorum)
}
