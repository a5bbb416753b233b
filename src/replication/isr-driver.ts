/**
 * Asks the controller for changes of in-sync sets (AlterPartition; AlterPartitionManager in Apache Kafka): one request at a time, with all that came
 * together meanwhile.
 */
import type { Clock, Telemetry, Timer } from '../io/index.ts'
import { errorName } from '../protocol/index.ts'
import { Backoff } from './backoff.ts'
import type { IsrAnswer, IsrProposal } from './isr.ts'
import type { Leader } from './leader.ts'
import type { AlteredPartition, AlterPartition } from './messages.ts'

export interface IsrEnv {
  readonly nodeId: number
  readonly clock: Clock
  readonly telemetry: Telemetry
  brokerEpoch(): number
  alterPartition(request: AlterPartition): Promise<AlteredPartition>
}

interface Asked {
  readonly leader: Leader
  readonly proposal: IsrProposal
}

const BACKOFF_MS_MAX = 500

export class IsrChanges {
  readonly #env: IsrEnv
  /** By partition: a leader has one proposal at a time, and a later leadership's takes the place of an earlier one's. */
  readonly #waiting = new Map<string, Asked>()
  readonly #backoff = new Backoff()
  /** Changes that the controller made, and those that it did not; for metrics. */
  readonly counts = { expands: 0, shrinks: 0, failed: 0 }
  #isAsking = false
  #isClosed = false
  #timer: Timer | null = null
  /** After a refusal. */
  #restUntilMs = -Infinity

  constructor(env: IsrEnv) {
    this.#env = env
  }

  propose(leader: Leader, proposal: IsrProposal): void {
    this.#waiting.set(keyOf(leader), { leader, proposal })
    if (this.#isAsking || this.#timer !== null) return
    // What other partitions want in this turn goes along; and a controller that has just refused is not asked at once.
    const { clock } = this.#env
    this.#timer = clock.after(Math.max(0, this.#restUntilMs - clock.monotonicMs()), () => {
      void this.#ask()
    })
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  async #ask(): Promise<void> {
    this.#timer = null
    this.#isAsking = true
    const asked = new Map(this.#waiting)
    this.#waiting.clear()
    const isAnswered = !this.#isClosed && asked.size > 0 && (await this.#send(asked))
    this.#isAsking = false
    if (this.#isClosed) return
    const { clock } = this.#env
    if (isAnswered) this.#backoff.reset()
    const restMs = isAnswered ? 0 : this.#backoff.next(BACKOFF_MS_MAX)
    this.#restUntilMs = clock.monotonicMs() + restMs
    if (this.#waiting.size > 0) this.#timer = clock.after(restMs, () => void this.#ask())
  }

  /** False when there was no answer, or one that says nothing of the partitions. */
  async #send(asked: ReadonlyMap<string, Asked>): Promise<boolean> {
    let response: AlteredPartition
    try {
      response = await this.#env.alterPartition(this.#request(asked))
    } catch (error) {
      this.#again(asked, error instanceof Error ? error.message : String(error))
      return false
    }
    if (response.errorCode !== 0) {
      this.#again(asked, errorName(response.errorCode))
      return false
    }
    const unanswered = new Map(asked)
    let isDone = true
    for (const { topicId, partitions } of response.topics) {
      for (const partition of partitions) {
        const key = `${topicId}/${partition.partitionIndex}`
        const one = unanswered.get(key)
        if (one === undefined) continue
        unanswered.delete(key)
        const answer: IsrAnswer =
          partition.errorCode === 0 ? { ...partition, errorCode: 0 } : partition
        isDone = this.#answered(one, answer) && isDone
      }
    }
    this.#again(unanswered, 'the answer does not name them')
    return isDone && unanswered.size === 0
  }

  #request(asked: ReadonlyMap<string, Asked>): AlterPartition {
    type Topic = AlterPartition['topics'][number]
    const topics = new Map<string, Topic>()
    const brokerEpoch = this.#env.brokerEpoch()
    for (const { leader, proposal } of asked.values()) {
      const { topicId, index } = leader.replica
      const topic = topics.get(topicId) ?? { topicId, partitions: [] }
      topics.set(topicId, topic)
      topic.partitions.push({
        partitionIndex: index,
        leaderEpoch: proposal.leaderEpoch,
        newIsr: [...proposal.isr],
        newIsrWithEpochs: proposal.isr.map((brokerId) => ({
          brokerId,
          brokerEpoch:
            brokerId === this.#env.nodeId ? brokerEpoch : leader.state.brokerEpochOf(brokerId),
        })),
        leaderRecoveryState: 0,
        partitionEpoch: proposal.partitionEpoch,
      })
    }
    return { brokerId: this.#env.nodeId, brokerEpoch, topics: [...topics.values()] }
  }

  /** False when it was refused, or has to be asked again. */
  #answered({ leader, proposal }: Asked, answer: IsrAnswer): boolean {
    const { name } = leader.replica
    const verdict = leader.answered(proposal, answer)
    const fields = { partition: name, epoch: proposal.leaderEpoch, isr: proposal.isr.join(',') }
    if (verdict === 'committed') {
      this.counts[proposal.kind === 'expand' ? 'expands' : 'shrinks'] += 1
      const message = `In-sync replicas of ${name} are now ${proposal.isr.join(', ')}`
      this.#env.telemetry.log('info', `isr.${proposal.kind}`, message, fields)
      return true
    }
    if (verdict === 'ignored') return true
    this.counts.failed += 1
    const message = `Cannot change the in-sync replicas of ${name} to ${proposal.isr.join(', ')}: ${errorName(answer.errorCode)}`
    this.#env.telemetry.log('debug', 'isr.refused', message, fields)
    if (verdict === 'retry') this.#waitAgain({ leader, proposal })
    return verdict === 'waits'
  }

  #again(asked: ReadonlyMap<string, Asked>, why: string): void {
    if (asked.size === 0) return
    for (const one of asked.values()) this.#waitAgain(one)
    const message = `Cannot change in-sync replicas of ${asked.size} partitions: ${why}`
    this.#env.telemetry.log('debug', 'isr.failed', message, { partitions: asked.size })
  }

  /** Unless the leader wants something else by now. */
  #waitAgain(one: Asked): void {
    const { leader, proposal } = one
    const key = keyOf(leader)
    if (leader.state.isr.pending === proposal && !this.#waiting.has(key)) {
      this.#waiting.set(key, one)
    }
  }
}

function keyOf({ replica }: Leader): string {
  return `${replica.topicId}/${replica.index}`
}
