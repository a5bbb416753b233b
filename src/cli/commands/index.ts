import type { Command } from 'commander'

export interface CommandModule {
  /** Adds the command, with options, help and examples, to the program. */
  register(program: Command): void
}

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  load(): Promise<CommandModule>
}

/** Every command. Its module is loaded when it runs. */
export const commands: readonly CommandEntry[] = [
  { name: 'start', summary: 'Start a node', load: () => import('./start.ts') },
]
