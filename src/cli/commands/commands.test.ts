import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { commands } from './index.ts'

function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

function helpOf(command: Command): string {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text) })
  command.outputHelp()
  return help
}

describe.each(commands)('$name', (entry) => {
  it('is registered under its name, and each command in it has a description and an example', async () => {
    const program = new Command('highwater')
    const module = await entry.load()
    module.register(program)
    expect(program.commands.map((command) => command.name())).toEqual([entry.name])
    for (const leaf of program.commands.flatMap(leavesOf)) {
      expect(leaf.description(), pathOf(leaf)).not.toBe('')
      expect(helpOf(leaf)).toContain(`$ ${pathOf(leaf)}`)
    }
  })
})
