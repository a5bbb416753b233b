/**
 * The `highwater` command. Only the module of the command that runs is loaded: starting must be quick.
 */
import { Command, CommanderError } from 'commander'
import { commands } from './commands/index.ts'
import { exitCodes, reportFailure } from './failure.ts'
import { stopForClosedPipe } from './stop-signal.ts'
import { version } from './version.ts'

/** What the shell calls to complete a line, and what prints the script that makes it do so. */
const COMPLETION_NAMES = ['complete', 'completion']

function makeProgram(): Command {
  return (
    new Command('highwater')
      .description("A distributed write-ahead log that speaks Apache Kafka's protocol")
      .version(version, '-v, --version')
      // So that `-v` after a command is the command's.
      .enablePositionalOptions()
      .showHelpAfterError('(add --help for the options and examples)')
      .showSuggestionAfterError()
      .exitOverride()
  )
}

async function main(argv: readonly string[]): Promise<number> {
  const program = makeProgram()
  const name = (argv[0] === 'help' ? argv[1] : argv[0]) ?? ''
  const asked = commands.find((command) => command.name === name)
  try {
    if (COMPLETION_NAMES.includes(name)) {
      await import('./completion.ts').then((module) => module.register(program, argv))
    } else if (asked !== undefined) {
      await asked.load().then((module) => module.register(program))
    } else {
      // Help or a mistyped name: the names and summaries are enough.
      for (const { name, summary } of commands) program.command(name).description(summary)
      program.command('completion').description('Print a script that completes commands in a shell')
    }
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? exitCodes.success)
  } catch (error) {
    // Commander has printed its own message; help and version are successes.
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.success : exitCodes.usage
    return reportFailure(error)
  }
}

// A closed pipe (`highwater consume … | head`) is the reader's way to say "enough".
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  if (!stopForClosedPipe()) process.exit(exitCodes.success)
})

process.exitCode = await main(process.argv.slice(2))
