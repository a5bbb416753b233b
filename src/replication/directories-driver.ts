/**
 * Tells the controller in which log directory each replica of this node lies (AssignReplicasToDirs, KIP-858): when a directory fails it knows what is
 * lost. One request at a time.
 */
import type { Uuid } from '../base/index.ts'
import type { Clock, Telemetry, Timer } from '../io/index.ts'
import { errorCodes, errorName } from '../protocol/index.ts'
import { Backoff } from './backoff.ts'
import type { AssignedReplicas, AssignReplicas } from './messages.ts'

export interface DirectoriesEnv {
  readonly nodeId: number
  readonly clock: Clock
  readonly telemetry: Telemetry
  brokerEpoch(): number
  assignReplicasToDirs(request: AssignReplicas): Promise<AssignedReplicas>
}

interface Placed {
  readonly topicId: Uuid
  readonly index: number
  readonly directoryId: Uuid
}

/** As Kafka's brokers: more partitions make a request that is too large. */
const PARTITIONS_MAX = 2_250
const BACKOFF_MS_MAX = 10_000
/** What has gone meanwhile need not be told. */
const GONE: ReadonlySet<number> = new Set([
  errorCodes.UNKNOWN_TOPIC_ID,
  errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  errorCodes.NOT_LEADER_OR_FOLLOWER,
])

export class DirectoryAssignments {
  readonly #env: DirectoriesEnv
  /** By partition: where it lies, as the controller does not know yet. */
  readonly #waiting = new Map<string, Placed>()
  readonly #backoff = new Backoff()
  #timer: Timer | null = null
  #isAsking = false
  #isClosed = false

  constructor(env: DirectoriesEnv) {
    this.#env = env
  }

  /** The replica lies in another directory than the metadata says. */
  note(topicId: Uuid, index: number, directoryId: Uuid): void {
    this.#waiting.set(`${topicId}/${index}`, { topicId, index, directoryId })
    this.#askIn(0)
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #askIn(delayMs: number): void {
    if (this.#isAsking || this.#isClosed || this.#timer !== null) return
    this.#timer = this.#env.clock.after(delayMs, () => {
      this.#timer = null
      void this.#ask()
    })
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    const asked = [...this.#waiting].slice(0, PARTITIONS_MAX)
    const isAnswered = await this.#send(new Map(asked))
    this.#isAsking = false
    if (isAnswered) this.#backoff.reset()
    if (this.#waiting.size > 0) this.#askIn(isAnswered ? 0 : this.#backoff.next(BACKOFF_MS_MAX))
  }

  async #send(asked: ReadonlyMap<string, Placed>): Promise<boolean> {
    try {
      const answer = await this.#env.assignReplicasToDirs(this.#request(asked.values()))
      if (answer.errorCode !== 0) return this.#failed(errorName(answer.errorCode))
      let isDone = true
      for (const { topics } of answer.directories) {
        for (const { topicId, partitions } of topics) {
          for (const { partitionIndex, errorCode } of partitions) {
            const key = `${topicId}/${partitionIndex}`
            const isSettled = errorCode === 0 || GONE.has(errorCode)
            if (isSettled && this.#waiting.get(key) === asked.get(key)) this.#waiting.delete(key)
            isDone &&= isSettled
          }
        }
      }
      return isDone
    } catch (error) {
      return this.#failed(error instanceof Error ? error.message : String(error))
    }
  }

  #failed(why: string): false {
    const message = `Cannot tell the controller where replicas lie: ${why}`
    this.#env.telemetry.log('debug', 'replica.directories.failed', message)
    return false
  }

  #request(placed: Iterable<Placed>): AssignReplicas {
    type Directory = AssignReplicas['directories'][number]
    const directories = new Map<Uuid, Directory>()
    for (const { topicId, index, directoryId } of placed) {
      const directory = directories.get(directoryId) ?? { id: directoryId, topics: [] }
      directories.set(directoryId, directory)
      let topic = directory.topics.find((one) => one.topicId === topicId)
      if (topic === undefined) {
        topic = { topicId, partitions: [] }
        directory.topics.push(topic)
      }
      topic.partitions.push({ partitionIndex: index })
    }
    const { nodeId: brokerId } = this.#env
    return {
      brokerId,
      brokerEpoch: this.#env.brokerEpoch(),
      directories: [...directories.values()],
    }
  }
}
