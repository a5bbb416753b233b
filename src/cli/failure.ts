/** Exit codes of every command: 0 success, 1 failure, 2 usage (DESIGN.md section 5). */
export const exitCodes = { success: 0, failure: 1, usage: 2 } as const

/** The command line asks for something that cannot be meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Errors that users cause or meet: their message says all there is to say. All others are bugs and show their stack. */
const EXPECTED = new Set([
  'ConfigError',
  'DiskError',
  'KafkaError',
  'LogError',
  'MetadataError',
  'NetworkError',
  'QuorumError',
  'RangeError',
  'RpcError',
  'UsageError',
  'WireError',
])

/** Prints the error for a person; returns the exit code. */
export function reportFailure(error: unknown): number {
  const isExpected = error instanceof Error && EXPECTED.has(error.name)
  const text = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error)
  process.stderr.write(`highwater: ${text ?? ''}\n`)
  return error instanceof UsageError || (error instanceof Error && error.name === 'ConfigError')
    ? exitCodes.usage
    : exitCodes.failure
}
