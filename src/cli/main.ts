/**
 * The `highwater` command. Only the module of the command that runs is loaded: starting must be quick.
 */
import { Command, CommanderError } from 'commander'
import { commands } from './commands/index.ts'
import { exitCodes, reportFailure } from './failure.ts'
import { version } from './version.ts'

function makeProgram(): Command {
  return new Command('highwater')
    .description("A distributed write-ahead log that speaks Apache Kafka's protocol")
    .version(version, '-v, --version')
    .showHelpAfterError('(add --help for the options and examples)')
    .showSuggestionAfterError()
    .exitOverride()
}

async function main(argv: readonly string[]): Promise<number> {
  const program = makeProgram()
  const asked = commands.find(({ name }) => name === argv[0])
  try {
    if (asked !== undefined) {
      await asked.load().then((module) => module.register(program))
    } else {
      // Help, completion or a mistyped name: the names and summaries are enough.
      for (const { name, summary } of commands) program.command(name).description(summary)
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
  if (error.code === 'EPIPE') process.exit(exitCodes.success)
  throw error
})

process.exitCode = await main(process.argv.slice(2))
