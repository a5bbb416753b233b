/** What the active controller does by itself, on timers: ended sessions, elections, a sign of life (PeriodicTaskControlManager in Apache Kafka). */
import type { Clock, Timer } from '../io/index.ts'
import { metadataRecord } from '../metadata/index.ts'
import type { BrokerSettings } from '../metadata/index.ts'
import type { ActiveController, Operation } from './active-controller-driver.ts'
import type { Decision } from './decision.ts'
import { electPreferredLeaders, electUncleanLeaders } from './elect-leaders.ts'
import { fence } from './fencing.ts'

const CONTROLLER = 'the controller'

export class Housekeeping {
  readonly #clock: Clock
  readonly #active: ActiveController
  readonly #hasOthers: () => boolean
  readonly #timers = new Set<Timer>()
  #isStopped = false

  /** @param hasOthers the quorum has other voters than this node */
  constructor(
    clock: Clock,
    active: ActiveController,
    settings: BrokerSettings,
    hasOthers: () => boolean,
  ) {
    this.#clock = clock
    this.#active = active
    this.#hasOthers = hasOthers
    this.#every(active.sessions.checkIntervalMs, () => this.#fenceExpired())
    const idleMs = settings.get('metadata.max.idle.interval.ms')
    if (idleMs > 0) this.#every(idleMs, () => this.#showLife(idleMs))
    if (settings.get('auto.leader.rebalance.enable')) {
      const intervalMs = settings.get('leader.imbalance.check.interval.seconds') * 1000
      this.#every(intervalMs, () => this.#elect('preferred elections', electPreferredLeaders))
    }
    const uncleanMs = settings.get('unclean.leader.election.interval.ms')
    this.#every(uncleanMs, () => this.#elect('unclean elections', electUncleanLeaders))
  }

  stop(): void {
    this.#isStopped = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  /** The broker is dead: others take over at once. Nothing happens when that incarnation is fenced already or gone. */
  fence(brokerId: number, brokerEpoch: number, why: string): void {
    this.#active.sessions.end(brokerId)
    this.#run({
      name: `fencing broker ${brokerId}, ${why},`,
      decide: (image, { broker: settings }) => {
        const broker = image.cluster.broker(brokerId)
        const isDone = broker === undefined || broker.epoch !== brokerEpoch || broker.fenced
        const records = isDone ? [] : [...fence(image, settings, broker)]
        return { records, response: undefined, divisible: true }
      },
    })
  }

  #fenceExpired(): void {
    const { sessions } = this.#active
    for (const { brokerId, brokerEpoch } of sessions.expired(this.#clock.monotonicMs())) {
      this.fence(brokerId, brokerEpoch, 'whose session has ended')
    }
  }

  /** A log that grows shows followers and observers that they keep up. A controller without others has nobody to show it to. */
  #showLife(idleMs: number): void {
    const isIdle = this.#clock.monotonicMs() - this.#active.lastWriteMs >= idleMs
    if (!isIdle || !this.#hasOthers()) return
    const decision = { records: [metadataRecord('noOp', {})], response: undefined }
    this.#run({ name: null, decide: () => decision })
  }

  #elect(
    name: string,
    decide: (...args: Parameters<typeof electPreferredLeaders>) => Decision<boolean>,
  ): void {
    this.#run({
      name,
      decide: (image, context) => {
        const { response: mayBeMore, ...decision } = decide(image, context)
        if (mayBeMore) this.#after(0, () => this.#elect(name, decide))
        return { ...decision, response: undefined }
      },
    })
  }

  #run(operation: {
    readonly name: string | null
    readonly decide: Operation<undefined>['decide']
  }): void {
    const refuse = (): undefined => undefined
    const done = this.#active.run({ ...operation, principal: CONTROLLER, refuse })
    // What fails here fails the quorum, which says so itself.
    done.catch(() => {})
  }

  #every(intervalMs: number, task: () => void): void {
    this.#after(intervalMs, () => {
      this.#every(intervalMs, task)
      task()
    })
  }

  #after(delayMs: number, task: () => void): void {
    if (this.#isStopped) return
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer)
      task()
    })
    this.#timers.add(timer)
  }
}
