/** Exit codes of every command: 0 success, 1 failure, 2 usage (DESIGN.md section 5). */
export const exitCodes = { success: 0, failure: 1, usage: 2 } as const

/** The command line asks for something that cannot be meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
}

/** Errors that users cause or meet: their message says all there is to say. All others are bugs and show their stack. */
const EXPECTED = new Set([
  'ConfigError',
  'DamagedBatchError',
  'DiskError',
  'InputError',
  'KafkaError',
  'LogError',
  'MetadataError',
  'NetworkError',
  'QuorumError',
  'RangeError',
  'RecordsError',
  'RpcError',
  'UnreachableError',
  'UsageError',
  'WireError',
])

function isUsage(error: unknown): boolean {
  return error instanceof Error && (error.name === 'UsageError' || error.name === 'ConfigError')
}

/** Prints the error for a person; returns the exit code. */
export function reportFailure(error: unknown): number {
  process.stderr.write(`highwater: ${describe(error)}\n`)
  return isUsage(error) ? exitCodes.usage : exitCodes.failure
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return EXPECTED.has(error.name) ? error.message : (error.stack ?? error.message)
}

/** The error for scripts: what `--format json` prints on stdout when a command fails. */
export function failureAsJson(error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code
  const message = error instanceof Error ? error.message : String(error)
  return { error: { code: typeof code === 'string' ? code : 'FAILURE', message } }
}
