/**
 * This broker's membership of the cluster: it registers with each start, catches up with the metadata, is unfenced, says at regular times
 * that it lives, and leaves in order (KIP-631; BrokerLifecycleManager in Apache Kafka).
 */
import type { Uuid } from '../base/index.ts'
import type { ClusterController, RequestOf } from '../controller/index.ts'
import type { Clock, Telemetry, Timer } from '../io/index.ts'
import { errorCodes, errorName } from '../protocol/index.ts'
import type { BrokerHeartbeatResponse, BrokerRegistrationRequest } from '../protocol/index.ts'
import type { ResponseOf } from '../controller/index.ts'
import type { MetadataFollower } from './metadata-follower.ts'
import { QuorumError } from '../quorum/index.ts'
import { ConfigError } from './server-properties.ts'

export interface LifecycleOptions {
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly nodeId: number
  readonly controller: Pick<ClusterController, 'registerBroker' | 'brokerHeartbeat'>
  readonly metadata: MetadataFollower
  /** Made anew for each attempt: it tells what the metadata of that moment asks for. */
  registration(): RequestOf<typeof BrokerRegistrationRequest>
  /** Directories that have failed since the start. */
  offlineDirs(): Uuid[]
  /** `broker.heartbeat.interval.ms` */
  readonly heartbeatIntervalMs: number
  /** `initial.broker.registration.timeout.ms` */
  readonly registrationTimeoutMs: number
}

type Answer = ResponseOf<typeof BrokerHeartbeatResponse>

const RETRY_MS = 100
/** When the broker leaves it asks this often whether its partitions have found other leaders. */
const LEAVING_INTERVAL_MS = 50
/** A controller that says nothing for so long is not waited for by a broker that leaves. */
const LEAVING_PATIENCE_MS = 2_000
const LEAVING_MS_MAX = 60_000

/** Mistakes that no waiting mends. Another broker of the same id may go away, so that is none of them. */
const FINAL: ReadonlySet<number> = new Set([
  errorCodes.INCONSISTENT_CLUSTER_ID,
  errorCodes.INVALID_REGISTRATION,
  errorCodes.UNSUPPORTED_VERSION,
])

export class BrokerLifecycle {
  readonly #options: LifecycleOptions
  #epoch = -1
  #wantFence = true
  #wantShutDown = false
  #isAsking = false
  #isDue = false
  #isClosed = false
  #timer: Timer | null = null
  #onAnswer: (answer: Answer) => void = () => {}
  #lastError = 0

  constructor(options: LifecycleOptions) {
    this.#options = options
  }

  /** The broker epoch; -1 before the registration. */
  get epoch(): number {
    return this.#epoch
  }

  /** Registers; resolves when this node's metadata has the registration. Rejects with ConfigError when the cluster will not have this broker. */
  async register(): Promise<void> {
    const { clock, controller, nodeId, metadata, registrationTimeoutMs } = this.#options
    const endMs = clock.monotonicMs() + registrationTimeoutMs
    for (;;) {
      const { errorCode, brokerEpoch = -1 } = await controller.registerBroker(
        this.#options.registration(),
      )
      if (errorCode === errorCodes.NONE) {
        this.#epoch = brokerEpoch
        break
      }
      if (FINAL.has(errorCode) || clock.monotonicMs() > endMs) {
        throw new ConfigError(`Cannot register node ${nodeId}: ${errorName(errorCode)}`)
      }
      this.#report('Cannot register', errorCode)
      await this.#sleep(RETRY_MS)
    }
    await metadata.when(({ cluster }) => cluster.broker(nodeId)?.epoch === this.#epoch)
  }

  /** Begins to send heartbeats; resolves when the broker is unfenced and its own metadata says so. */
  async join(): Promise<void> {
    const { metadata, nodeId } = this.#options
    this.#wantFence = false
    await this.#until(({ errorCode, isFenced = true }) => errorCode === 0 && !isFenced)
    await metadata.when(({ cluster }) => cluster.isAlive(nodeId))
  }

  /** Something has changed that the controller should know at once, or the controller itself. */
  beat(): void {
    if (this.#epoch < 0 || this.#wantFence) return
    this.#isDue = true
    this.#timer?.cancel()
    void this.#ask()
  }

  /** Controlled shutdown: resolves when other brokers lead what this one led, or when nobody answers any more. */
  async leave(): Promise<void> {
    if (this.#epoch < 0) return this.close()
    const { clock, telemetry } = this.#options
    let patience: Timer | null = null
    const isGivenUp = new Promise<void>((resolve) => {
      const giveUp = (): void => {
        telemetry.log('warn', 'broker.shutdown', 'Stops without the consent of the controller')
        resolve()
      }
      clock.after(LEAVING_MS_MAX, giveUp)
      const wait = (): void => {
        patience?.cancel()
        patience = clock.after(LEAVING_PATIENCE_MS, giveUp)
      }
      wait()
      this.#wantShutDown = true
      void this.#until((answer) => {
        if (answer.errorCode === 0) wait()
        return answer.shouldShutDown
      }).then(resolve)
    })
    await isGivenUp
    this.close()
  }

  /** Sends no more heartbeats. */
  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #until(isEnough: (answer: Answer) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswer = (answer) => {
        if (!isEnough(answer)) return
        this.#onAnswer = () => {}
        resolve()
      }
      this.#isDue = true
      this.#timer?.cancel()
      void this.#ask()
    })
  }

  async #ask(): Promise<void> {
    if (this.#isAsking || this.#isClosed) return
    this.#isAsking = true
    this.#isDue = false
    try {
      await this.#askOnce()
    } catch (error) {
      // The metadata quorum of this process has failed: the node stops, and is told so elsewhere.
      if (!(error instanceof QuorumError)) throw error
      this.close()
    }
  }

  async #askOnce(): Promise<void> {
    const { controller, metadata, nodeId, heartbeatIntervalMs } = this.#options
    const answer = await controller.brokerHeartbeat({
      brokerId: nodeId,
      brokerEpoch: this.#epoch,
      currentMetadataOffset: metadata.offsetLast,
      wantFence: this.#wantFence,
      wantShutDown: this.#wantShutDown,
      offlineLogDirs: this.#options.offlineDirs(),
      cordonedLogDirs: null,
    })
    this.#isAsking = false
    if (this.#isClosed) return
    this.#report('The controller refused a heartbeat', answer.errorCode)
    this.#onAnswer(answer)
    // While it waits for something it asks again soon.
    const isWaiting = this.#wantShutDown || answer.errorCode !== 0 || (answer.isFenced ?? true)
    const delayMs = this.#isDue ? 0 : isWaiting ? LEAVING_INTERVAL_MS : heartbeatIntervalMs
    this.#timer = this.#options.clock.after(delayMs, () => void this.#ask())
  }

  /** Each kind of error once, until another comes. */
  #report(what: string, errorCode: number): void {
    const isNew = errorCode !== this.#lastError
    this.#lastError = errorCode
    if (errorCode === 0 || !isNew) return
    const message = `${what}: ${errorName(errorCode)}`
    this.#options.telemetry.log('warn', 'broker.lifecycle', message, { errorCode })
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(delayMs, resolve))
  }
}
