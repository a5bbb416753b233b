import type { Prng } from '../../src/base/index.ts'
import { errorCodes, errorName } from '../../src/protocol/index.ts'
import type { Message } from '../../src/wire/index.ts'
import type { Reply, SimClient } from './client.ts'
import type { Incarnation, Shadow } from './shadow.ts'
import { Violation } from '../violation.ts'

/** What an operation may look at when it picks its input. */
export interface Sampling {
  readonly shadow: Shadow
  readonly prng: Prng
  readonly client: SimClient
}

/**
 * One kind of work for the workload, in a file of its own. `sample` picks an input and notes in the shadow what is about to be tried;
 * `build` makes the request; `predict` enters what the answer means, or that there is none.
 */
export interface Operation<Input, Request, Answer> {
  readonly name: string
  /** How often it is picked, among the others. */
  readonly weight: number
  readonly request: Message<unknown, Request>
  readonly response: Message<Answer, unknown>
  /** Null: there is nothing to do it on now. */
  sample(sampling: Sampling): Input | null
  build(input: Input): Request
  predict(shadow: Shadow, input: Input, reply: Reply<Answer>): void
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
        const reply = await sampling.client.send(request, response, operation.build(input))
        operation.predict(sampling.shadow, input, reply)
      }
    },
  }
}

/** Errors that a disk in trouble explains. */
const STORAGE_CODES: ReadonlySet<number> = new Set([
  errorCodes.KAFKA_STORAGE_ERROR,
  errorCodes.NOT_LEADER_OR_FOLLOWER,
  errorCodes.UNKNOWN_SERVER_ERROR,
  errorCodes.COORDINATOR_LOAD_IN_PROGRESS,
])
const UNKNOWN_TOPIC_CODES: ReadonlySet<number> = new Set([
  errorCodes.UNKNOWN_TOPIC_ID,
  errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
])

/** What a coordinator answers that has only begun. */
export const COORDINATOR_CODES: ReadonlySet<number> = new Set([
  errorCodes.COORDINATOR_LOAD_IN_PROGRESS,
  errorCodes.COORDINATOR_NOT_AVAILABLE,
  errorCodes.NOT_COORDINATOR,
])

/** Errors that need a reason; throws {@link Violation} where there is none. */
export function checkExcuse(
  shadow: Shadow,
  topic: Incarnation | null,
  operation: string,
  errorCode: number,
): void {
  if (UNKNOWN_TOPIC_CODES.has(errorCode) && (topic === null || topic.mayBeGone)) return
  if (STORAGE_CODES.has(errorCode) && (shadow.mayFailStorage || topic?.mayBeGone === true)) return
  throw new Violation(
    'unclear error',
    `${operation}${topic === null ? '' : ` on ${topic.name}`} was answered with ${errorName(errorCode)} (${errorCode})`,
  )
}
