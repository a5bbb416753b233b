import { errorCodes, errorMessage, errorName, isRetriable } from '../../protocol/index.ts'

/** A Kafka error that a node answered. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  /** Kafka's name: `UNKNOWN_TOPIC_OR_PARTITION`. */
  readonly code: string
  readonly errorCode: number

  constructor(errorCode: number, action: string, detail?: string | null) {
    const code = errorName(errorCode)
    super(`Cannot ${action}: ${detail || errorMessage(errorCode)} (${code})`)
    this.code = code
    this.errorCode = errorCode
  }
}

/** Throws {@link KafkaError} unless `errorCode` is 0. */
export function checkError(errorCode: number, action: string, detail?: string | null): void {
  if (errorCode !== 0) throw new KafkaError(errorCode, action, detail)
}

/** No node of the cluster could be asked. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  readonly code = 'UNREACHABLE'
}

/** True when the same step may succeed a little later: the connection broke, or Kafka says that the condition passes. */
export function mayPass(error: unknown): boolean {
  if (error instanceof KafkaError) {
    // A leader that the metadata does not list is about to come or to be replaced.
    return isRetriable(error.errorCode) || error.errorCode === errorCodes.BROKER_NOT_AVAILABLE
  }
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  switch (error.name) {
    case 'UnreachableError':
    case 'NetworkError':
      return true
    case 'RpcError':
      return code === 'CLOSED' || code === 'TIMED_OUT'
    default:
      return false
  }
}
