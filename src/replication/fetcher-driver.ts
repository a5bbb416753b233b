/**
 * Fetches from one leader for all partitions that this node follows there: one connection, one request at a time, an incremental session.
 *
 * Partitions with `flush.before.ack` have a fetcher of their own, which flushes what it has appended before it asks for more: the next fetch says
 * "on my disk". The others do not wait for that.
 */
import type { Clock, Telemetry, Timer } from '../io/index.ts'
import { NetworkError } from '../io/index.ts'
import { LogError } from '../log/index.ts'
import { errorName, FetchRequest, FetchResponse } from '../protocol/index.ts'
import { RpcError } from '../rpc/index.ts'
import type { NodeConnection } from '../rpc/index.ts'
import { Backoff } from './backoff.ts'
import type { FetchTarget } from './fetch-session.ts'
import { FetcherSession } from './fetcher-session.ts'
import type { SessionRequest } from './fetcher-session.ts'
import type { Follower } from './follower.ts'
import type { ReplicationThrottle } from './throttle.ts'
import { askLogEnds } from './log-ends.ts'
import type { Fetched } from './messages.ts'

export interface FetcherSettings {
  /** `replica.fetch.wait.max.ms` */
  readonly waitMsMax: number
  /** `replica.fetch.min.bytes` */
  readonly bytesMin: number
  /** `replica.fetch.max.bytes` */
  readonly partitionBytesMax: number
  /** `replica.fetch.response.max.bytes` */
  readonly responseBytesMax: number
  /** `replica.fetch.backoff.ms`: the longest wait after an error. */
  readonly backoffMs: number
  /** `replica.socket.timeout.ms` */
  readonly timeoutMs: number
}

export interface FetcherEnv {
  readonly nodeId: number
  readonly clock: Clock
  readonly telemetry: Telemetry
  settings(): FetcherSettings
  brokerEpoch(): number
  /** A connection of the caller's own to another broker. Rejects with NetworkError or RpcError. */
  connectTo(brokerId: number): Promise<NodeConnection>
  /** For what throttled partitions fetch while they are not in sync. */
  readonly throttle: ReplicationThrottle
  /** Called for a follower whose epoch the leader says is over, and for one whose log has failed. */
  onGivenUp(follower: Follower): void
}

type PartitionAnswer = Fetched['responses'][number]['partitions'][number]

interface Followed {
  readonly follower: Follower
  readonly backoff: Backoff
  notBeforeMs: number
}

/** A fetch that is parked at the leader is called off this soon when there is more to ask for. */
const PATIENCE_MS = 10
/** How soon a partition that is held back by the throttle is looked at again. */
const HOLD_MS = 100
/** Topic ids alone name topics from here on. */
const FETCH_VERSION_MIN = 13

export class Fetcher {
  readonly leaderId: number
  readonly #env: FetcherEnv
  readonly #followed = new Map<string, Followed>()
  readonly #session = new FetcherSession()
  readonly #backoff = new Backoff()
  #connection: NodeConnection | null = null
  #isAsking = false
  #isStopped = false
  #wakeUp: (() => void) | null = null
  #isWoken = false
  #impatience: Timer | null = null
  #wasCalledOff = false
  readonly #done: Promise<void>

  constructor(leaderId: number, env: FetcherEnv) {
    this.leaderId = leaderId
    this.#env = env
    this.#done = this.#run()
  }

  get count(): number {
    return this.#followed.size
  }

  followers(): Iterable<Follower> {
    return Array.from(this.#followed.values(), ({ follower }) => follower)
  }

  add(follower: Follower): void {
    this.#followed.set(keyOf(follower), {
      follower,
      backoff: new Backoff(),
      notBeforeMs: -Infinity,
    })
    follower.onReady = () => this.#somethingNew()
    follower.onStopped = () => this.remove(follower)
    if (follower.isReady) this.#somethingNew()
  }

  remove(follower: Follower): void {
    if (this.#followed.get(keyOf(follower))?.follower === follower) {
      this.#followed.delete(keyOf(follower))
    }
  }

  /** Resolves when nothing of it is under way any more. */
  stop(): Promise<void> {
    this.#isStopped = true
    this.#impatience?.cancel()
    this.#connection?.close()
    this.#wake()
    return this.#done
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const delayMs = await this.#round()
      if (delayMs > 0 && !this.#isStopped) await this.#sleep(delayMs)
    }
  }

  /** One request and its answer. Returns how long to wait before the next; Infinity: until something is new. */
  async #round(): Promise<number> {
    try {
      const idleMs = this.#idleMs()
      if (idleMs > 0) return idleMs
      const connection = await this.#connected()
      while (this.#needsFlush()) await this.#flush()
      // From here to the sending of the request nothing is waited for: whatever becomes ready later is not in it, and is heard of.
      const wanted = this.#wanted()
      if (wanted.size === 0) return 0
      await this.#ask(connection, wanted)
      this.#backoff.reset()
      return 0
    } catch (error) {
      this.#lost(error)
      return this.#wasCalledOff ? 0 : this.#backoff.next(this.#env.settings().backoffMs)
    } finally {
      this.#wasCalledOff = false
    }
  }

  /** 0 when there is something to ask for; else how long until there may be. */
  #idleMs(): number {
    this.#isWoken = false
    const nowMs = this.#env.clock.monotonicMs()
    const isExceeded = this.#env.throttle.isExceeded(nowMs)
    let dueMs = Infinity
    for (const { follower, notBeforeMs } of this.#followed.values()) {
      if (follower.isFailed) this.#giveUp(follower)
      else if (follower.isReady) {
        const isHeldBack = isExceeded && follower.isHeldBack
        dueMs = Math.min(dueMs, isHeldBack ? Math.max(notBeforeMs, nowMs + HOLD_MS) : notBeforeMs)
      }
    }
    return Math.max(0, dueMs - nowMs)
  }

  #needsFlush(): boolean {
    for (const { follower } of this.#followed.values()) if (follower.needsFlush) return true
    return false
  }

  async #flush(): Promise<void> {
    const flushes: Promise<void>[] = []
    for (const { follower } of this.#followed.values()) {
      if (follower.needsFlush) flushes.push(follower.flush())
    }
    await Promise.all(flushes)
  }

  #wanted(): Map<string, FetchTarget> {
    this.#isWoken = false
    const nowMs = this.#env.clock.monotonicMs()
    const { partitionBytesMax } = this.#env.settings()
    const targets = new Map<string, FetchTarget>()
    const isExceeded = this.#env.throttle.isExceeded(nowMs)
    for (const [key, { follower, notBeforeMs }] of this.#followed) {
      if (!follower.isReady || notBeforeMs > nowMs) continue
      if (isExceeded && follower.isHeldBack) continue
      const target = this.#targetOf(follower, partitionBytesMax)
      if (target !== null) targets.set(key, target)
    }
    return targets
  }

  #targetOf(follower: Follower, partitionMaxBytes: number): FetchTarget | null {
    try {
      const { fetchOffset, lastFetchedEpoch, logStart } = follower.position()
      const { topicId, index } = follower.replica
      return {
        topic: '',
        topicId,
        partition: index,
        currentLeaderEpoch: follower.leaderEpoch,
        fetchOffset,
        lastFetchedEpoch,
        logStartOffset: logStart,
        partitionMaxBytes,
      }
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      this.#giveUp(follower)
      return null
    }
  }

  /** Sends one request and takes its answer. */
  async #ask(connection: NodeConnection, wanted: ReadonlyMap<string, FetchTarget>): Promise<void> {
    const request = this.#session.request(wanted)
    const { timeoutMs } = this.#env.settings()
    this.#isAsking = true
    try {
      const draft = this.#draft(request)
      const take = (answer: Fetched): void => this.#answered(answer, request, wanted)
      await connection.sendTaking(FetchRequest, FetchResponse, draft, take, { timeoutMs })
    } finally {
      this.#isAsking = false
      this.#impatience?.cancel()
      this.#impatience = null
    }
  }

  async #connected(): Promise<NodeConnection> {
    if (this.#connection !== null && !this.#connection.isClosed) return this.#connection
    this.#connection = null
    const connection = await this.#env.connectTo(this.leaderId)
    const version = connection.versionOf(FetchRequest)
    if (this.#isStopped || version === null || version < FETCH_VERSION_MIN) {
      connection.close()
      const message = `Cannot fetch from broker ${this.leaderId}: it serves no Fetch with topic ids`
      throw new RpcError('UNSUPPORTED_VERSION', message)
    }
    this.#session.reset()
    this.#connection = connection
    return connection
  }

  #draft({ sessionId, sessionEpoch, targets, forgotten }: SessionRequest) {
    const { nodeId } = this.#env
    const { waitMsMax, bytesMin, responseBytesMax } = this.#env.settings()
    return {
      replicaState: { replicaId: nodeId, replicaEpoch: this.#env.brokerEpoch() },
      replicaId: nodeId,
      maxWaitMs: waitMsMax,
      minBytes: bytesMin,
      maxBytes: responseBytesMax,
      sessionId,
      sessionEpoch,
      topics: byTopic(targets, (target) => target),
      forgottenTopicsData: byTopic(forgotten, ({ partition }) => partition),
      rackId: '',
    }
  }

  /** The bytes of the answer are used again afterwards. */
  #answered(
    answer: Fetched,
    { sessionEpoch }: SessionRequest,
    wanted: ReadonlyMap<string, FetchTarget>,
  ): void {
    const { errorCode, sessionId } = answer
    if (this.#session.answered(errorCode, sessionId)) this.#take(answer, wanted)
    else if (sessionEpoch === 0) {
      const message = `Broker ${this.leaderId} refused a fetch: ${errorName(errorCode)}`
      throw new RpcError('BAD_RESPONSE', message)
    }
  }

  #take(answer: Fetched, asked: ReadonlyMap<string, FetchTarget>): void {
    for (const { topicId, partitions } of answer.responses) {
      for (const partition of partitions) {
        const key = `${topicId}/${partition.partitionIndex}`
        const target = asked.get(key)
        const followed = this.#followed.get(key)
        if (target !== undefined && followed !== undefined) {
          this.#takePartition(followed, target, partition)
        }
      }
    }
  }

  #takePartition(followed: Followed, target: FetchTarget, answer: PartitionAnswer): void {
    const { follower } = followed
    if (follower.leaderEpoch !== target.currentLeaderEpoch) return
    if (follower.isHeldBack) {
      this.#env.throttle.record(answer.records?.length ?? 0, this.#env.clock.monotonicMs())
    }
    const verdict = follower.take(answer, target.fetchOffset)
    switch (verdict) {
      case 'ok':
      case 'busy':
        followed.backoff.reset()
        return
      case 'later':
        return this.#delay(followed)
      case 'outOfRange':
        return this.#repair(followed)
      case 'fenced':
      case 'failed':
        return this.#giveUp(follower)
    }
  }

  #delay(followed: Followed): void {
    const { clock } = this.#env
    const { backoffMs, waitMsMax } = this.#env.settings()
    const delayMs = followed.backoff.next(backoffMs)
    followed.notBeforeMs = clock.monotonicMs() + delayMs
    // A fetch of the others may be parked at the leader by then. A partition that fails again and again waits until that is back.
    if (delayMs < waitMsMax / 2) clock.after(delayMs, () => this.#somethingNew())
  }

  /** Asks the leader where its log begins and ends, beside the fetches of the other partitions. */
  #repair(followed: Followed): void {
    const { follower } = followed
    const connection = this.#connection
    followed.notBeforeMs = Infinity
    const again = (): void => {
      this.#delay(followed)
      this.#somethingNew()
    }
    if (connection === null) return again()
    askLogEnds(connection, this.#env.nodeId, follower, this.#env.settings().timeoutMs).then(
      (ends) => {
        if (ends !== null && follower.repair(ends) === 'failed') this.#giveUp(follower)
        again()
      },
      (error: unknown) => {
        if (!(error instanceof RpcError)) throw error
        again()
      },
    )
  }

  #giveUp(follower: Follower): void {
    this.remove(follower)
    this.#env.onGivenUp(follower)
  }

  #lost(error: unknown): void {
    if (!(error instanceof RpcError || error instanceof NetworkError)) throw error
    this.#connection?.close()
    this.#connection = null
    this.#session.reset()
    if (this.#isStopped || this.#wasCalledOff) return
    const message = `Cannot fetch from broker ${this.leaderId}: ${error.message}`
    this.#env.telemetry.log('debug', 'replica.fetch.failed', message, { leader: this.leaderId })
  }

  /** A partition can be fetched that the request under way does not ask for. */
  #somethingNew(): void {
    if (!this.#isAsking) return this.#wake()
    this.#impatience ??= this.#env.clock.after(PATIENCE_MS, () => {
      if (!this.#isAsking) return
      this.#wasCalledOff = true
      this.#connection?.close()
    })
  }

  #wake(): void {
    this.#isWoken = true
    this.#wakeUp?.()
  }

  #sleep(delayMs: number): Promise<void> {
    if (this.#isWoken) {
      this.#isWoken = false
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const done = (): void => {
        timer?.cancel()
        this.#wakeUp = null
        this.#isWoken = false
        resolve()
      }
      const timer = delayMs === Infinity ? null : this.#env.clock.after(delayMs, done)
      this.#wakeUp = done
    })
  }
}

function keyOf({ replica }: Follower): string {
  return `${replica.topicId}/${replica.index}`
}

function byTopic<T>(
  targets: readonly FetchTarget[],
  partitionOf: (target: FetchTarget) => T,
): Array<{ topicId: string; topic: string; partitions: T[] }> {
  const topics = new Map<string, { topicId: string; topic: string; partitions: T[] }>()
  for (const target of targets) {
    const { topicId } = target
    let topic = topics.get(topicId)
    if (topic === undefined) {
      topic = { topicId, topic: '', partitions: [] }
      topics.set(topicId, topic)
    }
    topic.partitions.push(partitionOf(target))
  }
  return [...topics.values()]
}
