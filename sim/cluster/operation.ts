import type { Prng } from '../../src/base/index.ts'
import { errorCodes, errorName } from '../../src/protocol/index.ts'
import type { Message } from '../../src/wire/index.ts'
import type { Reply } from '../storage/client.ts'
import { Violation } from '../violation.ts'
import type { ClusterClient } from './client.ts'
import type { ClusterShadow } from './shadow.ts'

/** What an operation may look at when it picks its input. */
export interface Sampling {
  readonly shadow: ClusterShadow
  readonly prng: Prng
  readonly client: ClusterClient
}

/** One kind of work: see `sim/storage/operation.ts`. Here an operation also says which node it turns to. */
export interface Operation<Input, Request, Answer> {
  readonly name: string
  /** How often it is picked, among the others. */
  readonly weight: number
  readonly request: Message<unknown, Request>
  readonly response: Message<Answer, unknown>
  /** Null: there is nothing to do it on now. */
  sample(sampling: Sampling): Input | null
  /** The node that it is for. */
  nodeId(input: Input, sampling: Sampling): number
  build(input: Input): Request
  predict(shadow: ClusterShadow, input: Input, reply: Reply<Answer>): void
}

/** An operation whose types nobody needs to know any more. */
export interface AnyOperation {
  readonly name: string
  readonly weight: number
  /** Picks an input; null: nothing to do. The result performs it and enters what came of it. */
  prepare(sampling: Sampling): (() => Promise<void>) | null
}

export function defineOperation<Input, Request, Answer>(
  operation: Operation<Input, Request, Answer>,
): AnyOperation {
  const { name, weight, request, response } = operation
  return {
    name,
    weight,
    prepare(sampling) {
      const input = operation.sample(sampling)
      if (input === null) return null
      return async () => {
        const { client, shadow } = sampling
        const nodeId = operation.nodeId(input, sampling)
        const reply = await client.send(nodeId, request, response, operation.build(input))
        operation.predict(shadow, input, reply)
      }
    },
  }
}

/** Errors that a cluster in trouble may give: all of them say "not now" or "not here". */
const TROUBLE: ReadonlySet<number> = new Set([
  errorCodes.NOT_LEADER_OR_FOLLOWER,
  errorCodes.LEADER_NOT_AVAILABLE,
  errorCodes.REPLICA_NOT_AVAILABLE,
  errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  errorCodes.UNKNOWN_TOPIC_ID,
  errorCodes.INCONSISTENT_TOPIC_ID,
  errorCodes.FENCED_LEADER_EPOCH,
  errorCodes.UNKNOWN_LEADER_EPOCH,
  errorCodes.OFFSET_NOT_AVAILABLE,
  errorCodes.NOT_ENOUGH_REPLICAS,
  errorCodes.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  errorCodes.REQUEST_TIMED_OUT,
  errorCodes.KAFKA_STORAGE_ERROR,
  errorCodes.NOT_CONTROLLER,
  errorCodes.BROKER_NOT_AVAILABLE,
  errorCodes.INVALID_REPLICATION_FACTOR,
  errorCodes.COORDINATOR_LOAD_IN_PROGRESS,
  errorCodes.COORDINATOR_NOT_AVAILABLE,
  errorCodes.NOT_COORDINATOR,
  errorCodes.NETWORK_EXCEPTION,
])

/** Throws {@link Violation} for an error that no client could make sense of. */
export function checkTrouble(operation: string, errorCode: number): void {
  if (TROUBLE.has(errorCode)) return
  throw new Violation(
    'unclear error',
    `${operation} was answered with ${errorName(errorCode)} (${errorCode})`,
  )
}

export function anyNode({ shadow, prng }: Sampling): number {
  return prng.pick(shadow.nodeIds)
}
