/**
 * Which brokers are alive, as far as the active controller has heard of them (BrokerHeartbeatTracker and BrokerHeartbeatManager in Apache
 * Kafka). Soft state: nothing of it is in the log, and a new controller starts with a full session for everybody. Times are those of the
 * monotonic clock, given by the caller.
 */
import { INT64_MAX } from '../base/index.ts'
import type { ClusterImage } from '../metadata/index.ts'

interface Session {
  readonly brokerEpoch: number
  lastContactMs: number
  /** The last metadata record that the broker has applied; -1: it has not said. */
  metadataOffset: number
  /** The record after which the others know that it is going; null: it is not going. */
  shutdownOffset: number | null
}

/** What decisions may ask. */
export interface SessionsView {
  isInSession(brokerId: number, brokerEpoch: number): boolean
  /** See {@link Sessions.beginShutdown}. */
  shutdownOffset(brokerId: number): number | null
  /** The lowest offset that an active broker has applied, `INT64_MAX` where there is none. */
  lowestActiveOffset(cluster: ClusterImage): number
}

export class Sessions implements SessionsView {
  readonly #timeoutMs: number
  readonly #byBroker = new Map<number, Session>()
  #lastCheckMs: number

  /** @param timeoutMs `broker.session.timeout.ms` */
  constructor(timeoutMs: number, cluster: ClusterImage, nowMs: number) {
    this.#timeoutMs = timeoutMs
    this.#lastCheckMs = nowMs
    for (const { id, epoch, fenced } of cluster.brokers.values()) {
      if (!fenced) this.touch(id, epoch, -1, nowMs)
    }
  }

  /** How often {@link expired} is to be called. */
  get checkIntervalMs(): number {
    return this.#timeoutMs / 8
  }

  /** The broker was heard of. */
  touch(brokerId: number, brokerEpoch: number, metadataOffset: number, nowMs: number): void {
    const known = this.#of(brokerId, brokerEpoch)
    if (known === undefined) {
      const session = { brokerEpoch, lastContactMs: nowMs, metadataOffset, shutdownOffset: null }
      this.#byBroker.set(brokerId, session)
      return
    }
    known.lastContactMs = nowMs
    known.metadataOffset = metadataOffset
  }

  /** The broker is known to be dead, or told to go. */
  end(brokerId: number): void {
    this.#byBroker.delete(brokerId)
  }

  /** Others hand over from the broker up to `offset`: it may go when they all know. Only the first call counts. */
  beginShutdown(brokerId: number, brokerEpoch: number, offset: number): void {
    const session = this.#of(brokerId, brokerEpoch)
    if (session !== undefined) session.shutdownOffset ??= offset
  }

  isInSession(brokerId: number, brokerEpoch: number): boolean {
    return this.#of(brokerId, brokerEpoch) !== undefined
  }

  shutdownOffset(brokerId: number): number | null {
    return this.#byBroker.get(brokerId)?.shutdownOffset ?? null
  }

  lowestActiveOffset(cluster: ClusterImage): number {
    let lowest = INT64_MAX
    for (const [id, { metadataOffset, shutdownOffset }] of this.#byBroker) {
      if (shutdownOffset === null && cluster.isActive(id)) lowest = Math.min(lowest, metadataOffset)
    }
    return lowest
  }

  /**
   * The brokers whose session has ended since the last call; they are forgotten.
   *
   * A controller that did not run for a while (a stopped process, a blocked loop) heard nobody in that time and must not take it for their
   * silence: what it missed is given to all.
   */
  expired(nowMs: number): Array<{ brokerId: number; brokerEpoch: number }> {
    const missedMs = nowMs - this.#lastCheckMs - 2 * this.checkIntervalMs
    this.#lastCheckMs = nowMs
    const expired: Array<{ brokerId: number; brokerEpoch: number }> = []
    for (const [brokerId, session] of this.#byBroker) {
      if (missedMs > 0) session.lastContactMs = Math.min(nowMs, session.lastContactMs + missedMs)
      if (nowMs - session.lastContactMs <= this.#timeoutMs) continue
      this.#byBroker.delete(brokerId)
      expired.push({ brokerId, brokerEpoch: session.brokerEpoch })
    }
    return expired
  }

  #of(brokerId: number, brokerEpoch: number): Session | undefined {
    const session = this.#byBroker.get(brokerId)
    return session?.brokerEpoch === brokerEpoch ? session : undefined
  }
}
