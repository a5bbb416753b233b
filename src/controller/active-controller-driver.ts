/**
 * The controller while it leads: runs decisions. Each is made on an image that has all earlier ones, committed or not, its records are
 * appended in the same step of the loop, and its answer waits until they, and everything that the decision saw, are committed and visible
 * to the broker. When leadership is lost this object is dropped, with all that was not committed.
 */
import { randomUuid } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import type { Clock, Entropy, Telemetry } from '../io/index.ts'
import { applyRecords, encodeRecord } from '../metadata/index.ts'
import type { BrokerSettings, MetadataImage, MetadataRecord } from '../metadata/index.ts'
import { errorCodes, errorMessage } from '../protocol/index.ts'
import { QuorumError } from '../quorum/index.ts'
import type { Quorum } from '../quorum/index.ts'
import { activationRecords } from './activation.ts'
import type { ApiError, ControllerContext, Decision } from './decision.ts'
import { Sessions } from './sessions.ts'

export interface ControllerOptions {
  readonly clusterId: Uuid
  readonly nodeId: number
  /** This node's configuration file, checked. */
  readonly broker: BrokerSettings
  /** What an empty metadata log begins with: `readBootstrapRecords` of the quorum room. */
  readonly bootstrap: readonly MetadataRecord[]
}

/** The committed metadata as this node has folded it; `MetadataLoader` is one. */
export interface CommittedMetadata {
  readonly image: MetadataImage
  /** Of the last record taken in; beyond the image's while a metadata transaction is open. */
  readonly offsetLast: number
}

export interface ControllerDeps {
  readonly clock: Clock
  readonly entropy: Entropy
  readonly telemetry: Telemetry
}

export type DecisionLog = Pick<Quorum, 'nextOffset' | 'append' | 'whenCommitted' | 'voters'>

export interface Operation<T, D extends Decision<T> = Decision<T>> {
  /** For the log; null: not worth a line. */
  readonly name: string | null
  readonly principal: string
  readonly decide: (image: MetadataImage, context: ControllerContext) => D
  /** The answer when the records cannot be written for a reason that passes or lies with the request. */
  readonly refuse: (error: ApiError) => T
  /** Called as soon as the records are in the log, committed or not. */
  readonly appended?: (decision: D, offsetLast: number) => void
}

/** Divisible decisions are written in batches of this many records. */
const RECORDS_PER_BATCH = 5000

export const notController: ApiError = {
  code: errorCodes.NOT_CONTROLLER,
  message: errorMessage(errorCodes.NOT_CONTROLLER),
}

export class ActiveController {
  readonly sessions: Sessions
  /** When the last record was appended. */
  lastWriteMs: number
  readonly #deps: ControllerDeps
  readonly #quorum: DecisionLog
  readonly #options: ControllerOptions
  readonly #onLost: () => void
  /** With everything appended so far. Nobody else writes metadata records while this node leads. */
  #image: MetadataImage
  /** {@link ControllerOptions.broker} with the dynamic values that it was last made for. */
  #broker: BrokerSettings
  #dynamic: readonly [own: ReadonlyMap<string, string>, ofAll: ReadonlyMap<string, string>] | null =
    null

  /**
   * @param metadata complete up to the beginning of this leadership
   * @param onLost the quorum has refused a record because this node does not lead any more
   */
  constructor(
    deps: ControllerDeps,
    quorum: DecisionLog,
    { image }: CommittedMetadata,
    options: ControllerOptions,
    onLost: () => void,
  ) {
    this.#deps = deps
    this.#quorum = quorum
    this.#options = options
    this.#onLost = onLost
    this.#image = image
    this.#broker = options.broker
    const nowMs = deps.clock.monotonicMs()
    const timeoutMs = options.broker.get('broker.session.timeout.ms')
    this.sessions = new Sessions(timeoutMs, image.cluster, nowMs)
    this.lastWriteMs = nowMs
  }

  /** Everything decided so far, committed or not. */
  get image(): MetadataImage {
    return this.#image
  }

  /** This node's configuration, with what has been set through the cluster. */
  get settings(): BrokerSettings {
    const own = this.#image.configs.ofBroker(this.#options.nodeId)
    const ofAll = this.#image.configs.ofDefaultBroker()
    if (this.#dynamic?.[0] !== own || this.#dynamic[1] !== ofAll) {
      this.#dynamic = [own, ofAll]
      this.#broker = this.#options.broker.withDynamic(own, ofAll)
    }
    return this.#broker
  }

  /** The first records of this leadership. @throws QuorumError */
  activate({ offsetLast }: CommittedMetadata): void {
    const image = this.#image
    const isTransactionOpen = offsetLast > image.provenance.offsetLast
    const { bootstrap, broker } = this.#options
    const records = activationRecords(image, isTransactionOpen, bootstrap, broker)
    if (records.length > 0) this.#write(records)
  }

  async run<T, D extends Decision<T>>(operation: Operation<T, D>): Promise<T> {
    const decision = operation.decide(this.#image, this.#context())
    const { records, response, divisible = false } = decision
    try {
      const step = divisible ? RECORDS_PER_BATCH : Math.max(records.length, 1)
      for (let i = 0; i < records.length; i += step) this.#write(records.slice(i, i + step))
      operation.appended?.(decision, this.#quorum.nextOffset - 1)
      // Also without records: the answer may rest on what others appended just now.
      await this.#quorum.whenCommitted()
    } catch (error) {
      return operation.refuse(this.#refusalOf(error))
    }
    if (records.length > 0) this.#report(operation, records.length)
    return response
  }

  /** Appends one batch. Applied first: what the image cannot take must never reach the log. */
  #write(records: readonly MetadataRecord[]): void {
    const image = applyRecords(this.#image, records)
    const { metadataVersion } = image.features
    this.#quorum.append(records.map((record) => encodeRecord(record, metadataVersion)))
    this.#image = image
    this.lastWriteMs = this.#deps.clock.monotonicMs()
  }

  #context(): ControllerContext {
    const { entropy } = this.#deps
    return {
      clusterId: this.#options.clusterId,
      nodeId: this.#options.nodeId,
      broker: this.settings,
      nextOffset: this.#quorum.nextOffset,
      random: () => entropy.random(),
      newUuid: () => randomUuid((size) => entropy.randomBytes(size)),
    }
  }

  /** Throws what makes the quorum, and with it this controller, of no more use. */
  #refusalOf(error: unknown): ApiError {
    if (!(error instanceof QuorumError)) throw error
    switch (error.code) {
      case 'NOT_LEADER':
        this.#onLost()
        return notController
      case 'TOO_LARGE':
        return { code: errorCodes.POLICY_VIOLATION, message: error.message }
      case 'NO_SPACE':
        return { code: errorCodes.KAFKA_STORAGE_ERROR, message: error.message }
      default:
        throw error
    }
  }

  #report({ name, principal }: Pick<Operation<never>, 'name' | 'principal'>, count: number): void {
    if (name === null) return
    const message = `Wrote ${count} metadata record(s) for ${name} by ${principal}`
    this.#deps.telemetry.log('info', 'controller.wrote', message, { name, principal, count })
  }
}
