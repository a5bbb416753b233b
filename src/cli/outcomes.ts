/** Commands that do the same to several things: what became of each. */
import { errorMessage, errorName } from '../protocol/index.ts'
import { failPartly, printJson, printText } from './command-kit.ts'
import type { Format } from './command-kit.ts'

export interface Outcome {
  readonly name: string
  readonly errorCode: number
  /** What the broker says; null: nothing more than the code. */
  readonly errorMessage: string | null
  /** What was tried, after "Cannot". */
  readonly action: string
  /** For people, when it worked. */
  readonly done: string
  /** For scripts, when it worked. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** Prints `{"<title>":[...]}` or a line for each; failures go to stderr and make the command fail. */
export function printOutcomes(format: Format, title: string, outcomes: readonly Outcome[]): void {
  const failed = outcomes.filter(({ errorCode }) => errorCode !== 0)
  if (format === 'json') printJson({ [title]: outcomes.map(toJson) })
  else {
    for (const outcome of outcomes) if (outcome.errorCode === 0) printText(outcome.done)
  }
  for (const { action, errorCode, errorMessage: detail } of failed) {
    const why = `${detail || errorMessage(errorCode)} (${errorName(errorCode)})`
    process.stderr.write(`highwater: Cannot ${action}: ${why}\n`)
  }
  if (failed.length > 0) failPartly()
}

function toJson({ name, errorCode, errorMessage: detail, details }: Outcome): unknown {
  if (errorCode === 0) return { name, ...details }
  const message = detail || errorMessage(errorCode)
  return { name, error: { code: errorName(errorCode), message } }
}
