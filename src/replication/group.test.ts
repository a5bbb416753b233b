/**
 * The pure cores of a group of replicas of one partition in a soup of messages: delayed, lost, answered out of time; metadata that comes late; brokers
 * that crash, are fenced, come back. Whatever is committed once is in the log of every later leader.
 */
import { describe, expect, test } from 'vitest'
import { Prng } from '../base/index.ts'
import { LeaderEpochs } from '../log/leader-epochs.ts'
import { errorCodes } from '../protocol/index.ts'
import type { FollowerFetch } from './follower-progress.ts'
import { repairFor, truncationOffset } from './follower-rules.ts'
import type { IsrAnswer, IsrProposal } from './isr.ts'
import { LeaderState } from './leader-state.ts'
import type { LeaderAssignment } from './leader-state.ts'

const LAG_MS = 1_000
const IDS = [1, 2, 3]

interface Entry {
  readonly epoch: number
  readonly value: number
}

interface Metadata extends LeaderAssignment {
  readonly leader: number
  /** Broker epochs of those that are active. */
  readonly active: ReadonlyMap<number, number>
}

type Answer =
  | { readonly kind: 'error'; readonly errorCode: number }
  | { readonly kind: 'diverging'; readonly epoch: number; readonly endOffset: number }
  | { readonly kind: 'records'; readonly entries: readonly Entry[]; readonly highWatermark: number }
  | { readonly kind: 'range'; readonly logEnd: number }

type Message =
  | {
      readonly kind: 'fetch'
      readonly to: number
      readonly epoch: number
      readonly lastEpoch: number
      readonly request: number
      readonly fetch: FollowerFetch
    }
  | {
      readonly kind: 'fetched'
      readonly to: number
      readonly life: number
      readonly epoch: number
      readonly request: number
      readonly offset: number
      readonly answer: Answer
    }
  | { readonly kind: 'alter'; readonly from: number; readonly life: number; readonly ask: Ask }
  | {
      readonly kind: 'altered'
      readonly to: number
      readonly life: number
      readonly proposal: IsrProposal
      readonly answer: IsrAnswer
    }

interface Ask {
  readonly proposal: IsrProposal
  readonly members: ReadonlyArray<{ readonly id: number; readonly brokerEpoch: number }>
}

interface Rules {
  /** A crash loses what is not flushed, and replicas acknowledge what is flushed. */
  readonly isFlushed: boolean
  /** A crash loses what is not flushed, whatever was acknowledged. */
  readonly losesTail: boolean
}

class Replica {
  readonly id: number
  log: Entry[] = []
  epochs = new LeaderEpochs()
  durableEnd = 0
  highWatermark = 0
  /** Counts starts; what an earlier process sent or asked is not heard. */
  life = 0
  /** Number of the last fetch: answers to earlier ones belong to connections that are closed. */
  request = 0
  isUp = true
  brokerEpoch = 0
  metadata: Metadata
  leader: LeaderState | null = null

  constructor(id: number, metadata: Metadata) {
    this.id = id
    this.metadata = metadata
  }

  get lastEpoch(): number {
    return this.log.at(-1)?.epoch ?? -1
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.epoch > this.epochs.latest) this.epochs.assign(entry.epoch, this.log.length)
      this.log.push(entry)
    }
  }

  cut(offset: number): void {
    this.log.length = Math.min(this.log.length, offset)
    this.epochs.truncateFromEnd(this.log.length)
    this.durableEnd = Math.min(this.durableEnd, this.log.length)
    this.highWatermark = Math.min(this.highWatermark, this.log.length)
  }
}

class Group {
  readonly #prng: Prng
  readonly #rules: Rules
  readonly #soup: Message[] = []
  readonly #held: Message[] = []
  readonly #replicas: Replica[]
  /** What the controller has decided, in order; replicas learn it one by one. */
  readonly #history: Metadata[]
  readonly #known = new Map<number, number>()
  readonly committed: Entry[] = []
  #nextValue = 1
  #nextBrokerEpoch = 10
  #nowMs = 0

  constructor(seed: number, rules: Rules) {
    this.#prng = new Prng(seed)
    this.#rules = rules
    const active = new Map(IDS.map((id) => [id, id]))
    const first = { leaderEpoch: 0, partitionEpoch: 0, replicas: IDS, isr: IDS, leader: 1, active }
    this.#history = [first]
    this.#replicas = IDS.map((id) => new Replica(id, first))
    for (const replica of this.#replicas) {
      replica.brokerEpoch = replica.id
      this.#learn(replica, first)
    }
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) this.#step()
  }

  get #now(): Metadata {
    return this.#history.at(-1) as Metadata
  }

  #step(): void {
    this.#nowMs += this.#prng.int(0, 60)
    const replica = this.#replicas[this.#prng.int(0, 2)] as Replica
    const dice = this.#prng.int(0, 199)
    if (dice < 30) this.#produce(replica)
    else if (dice < 80) this.#fetch(replica)
    else if (dice < 150) this.#deliver()
    else if (dice < 151) this.#soup.splice(this.#prng.int(0, this.#soup.length), 1)
    else if (dice < 173) this.#hearOfMetadata(replica)
    else if (dice < 178) this.#checkIsr(replica)
    else if (dice < 186) this.#flush(replica)
    else if (dice < 187) this.#crash(replica)
    else if (dice < 190) this.#restart(replica)
    else if (dice < 191) this.#fence(replica.id)
    else if (dice < 198) this.#unfence(replica)
    else this.#elect(this.#now.isr[this.#prng.int(0, this.#now.isr.length - 1)] as number)
  }

  #ackedEnd(replica: Replica): number {
    return this.#rules.isFlushed ? replica.durableEnd : replica.log.length
  }

  #produce(replica: Replica): void {
    const { leader } = replica
    if (!replica.isUp || leader === null || leader.isUnderMinIsr) return
    replica.append([{ epoch: leader.leaderEpoch, value: this.#nextValue++ }])
    this.#advance(replica)
  }

  #fetch(replica: Replica): void {
    const { id, metadata, log, brokerEpoch, lastEpoch } = replica
    const isFollower = replica.isUp && replica.leader === null && metadata.leader > 0
    if (!isFollower || metadata.leader === id) return
    // One request at a time, unless it has given up on one.
    const isWaiting = this.#soup.some((one) => one.kind === 'fetch' && one.fetch.nodeId === id)
    if (isWaiting && this.#prng.int(0, 9) > 0) return
    if (this.#rules.isFlushed) replica.durableEnd = log.length
    const fetch = { nodeId: id, brokerEpoch, fetchOffset: log.length, logStart: 0 }
    const epoch = metadata.leaderEpoch
    const request = ++replica.request
    this.#soup.push({ kind: 'fetch', to: metadata.leader, epoch, lastEpoch, request, fetch })
  }

  #deliver(): void {
    const message = this.#nextMessage()
    switch (message?.kind) {
      case 'fetch':
        return this.#serve(message)
      case 'fetched':
        return this.#take(message)
      case 'alter':
        return this.#alter(message)
      case 'altered': {
        const replica = this.#replicas[message.to - 1] as Replica
        if (!replica.isUp || replica.life !== message.life || replica.leader === null) return
        replica.leader.answered(message.proposal, message.answer)
        return this.#advance(replica)
      }
    }
  }

  /** Mostly in order; some are held up for long, as in the buffers of a connection that nobody has closed. */
  #nextMessage(): Message | undefined {
    if (this.#held.length > 0 && this.#prng.int(0, 150) === 0) {
      return this.#held.splice(this.#prng.int(0, this.#held.length - 1), 1)[0]
    }
    const index = this.#prng.int(0, 4) > 0 ? 0 : this.#prng.int(0, this.#soup.length)
    const [message] = this.#soup.splice(index, 1)
    if (message === undefined || this.#prng.int(0, 15) > 0) return message
    this.#held.push(message)
    return undefined
  }

  #serve(message: Extract<Message, { kind: 'fetch' }>): void {
    const replica = this.#replicas[message.to - 1] as Replica
    const { leader, epochs, log } = replica
    if (!replica.isUp) return
    const { fetch, epoch, lastEpoch, request } = message
    const { life } = this.#replicas[fetch.nodeId - 1] as Replica
    const send = (answer: Answer): void => {
      const offset = fetch.fetchOffset
      const to = fetch.nodeId
      this.#soup.push({ kind: 'fetched', to, life, epoch, request, offset, answer })
    }
    if (leader === null || epoch !== leader.leaderEpoch) {
      return send({ kind: 'error', errorCode: errorCodes.FENCED_LEADER_EPOCH })
    }
    if (lastEpoch >= 0) {
      const end = epochs.endOf(lastEpoch, log.length)
      if (end.leaderEpoch < 0) return send({ kind: 'range', logEnd: log.length })
      if (end.leaderEpoch !== lastEpoch || end.endOffset < fetch.fetchOffset) {
        return send({ kind: 'diverging', epoch: end.leaderEpoch, endOffset: end.endOffset })
      }
    }
    if (fetch.fetchOffset > log.length) return send({ kind: 'range', logEnd: log.length })
    const errorCode = leader.fetched(fetch, log.length, this.#nowMs)
    if (errorCode !== 0) return send({ kind: 'error', errorCode })
    const proposal = leader.expansion(fetch.nodeId, replica.highWatermark)
    if (proposal !== null) this.#propose(replica, leader, proposal)
    this.#advance(replica)
    const end = fetch.fetchOffset + this.#prng.int(0, 4)
    const entries = log.slice(fetch.fetchOffset, end)
    send({ kind: 'records', entries, highWatermark: replica.highWatermark })
  }

  #take({ to, life, epoch, request, offset, answer }: Extract<Message, { kind: 'fetched' }>): void {
    const replica = this.#replicas[to - 1] as Replica
    const { metadata, log, epochs } = replica
    if (!replica.isUp || replica.life !== life || replica.leader !== null) return
    if (metadata.leaderEpoch !== epoch) return
    if (log.length !== offset || replica.request !== request) return
    if (answer.kind === 'records') {
      replica.append(answer.entries)
      const known = Math.min(answer.highWatermark, log.length)
      replica.highWatermark = Math.max(replica.highWatermark, known)
    } else if (answer.kind === 'diverging') {
      replica.cut(truncationOffset(answer, epochs.endOf(answer.epoch, log.length), log.length))
    } else if (answer.kind === 'range') {
      const own = { logStart: 0, logEnd: log.length }
      const repair = repairFor(own, { logStart: 0, logEnd: answer.logEnd })
      if (repair.kind === 'truncateTo') replica.cut(repair.offset)
    }
  }

  #propose(replica: Replica, leader: LeaderState, proposal: IsrProposal): void {
    const members = proposal.isr.map((id) => ({
      id,
      brokerEpoch: id === replica.id ? replica.brokerEpoch : leader.brokerEpochOf(id),
    }))
    const { id: from, life } = replica
    this.#soup.push({ kind: 'alter', from, life, ask: { proposal, members } })
  }

  #alter({ from, life, ask }: Extract<Message, { kind: 'alter' }>): void {
    const { proposal, members } = ask
    const { leader, leaderEpoch, partitionEpoch, active } = this.#now
    const answer = (answered: IsrAnswer): void =>
      void this.#soup.push({ kind: 'altered', to: from, life, proposal, answer: answered })
    if (leader !== from || proposal.leaderEpoch < leaderEpoch) {
      return answer({ errorCode: errorCodes.FENCED_LEADER_EPOCH })
    }
    if (proposal.partitionEpoch < partitionEpoch) {
      return answer({ errorCode: errorCodes.INVALID_UPDATE_VERSION })
    }
    const areEligible = members.every(({ id, brokerEpoch }) => {
      return active.has(id) && (brokerEpoch === -1 || active.get(id) === brokerEpoch)
    })
    if (!areEligible) return answer({ errorCode: errorCodes.INELIGIBLE_REPLICA })
    this.#decide({ isr: proposal.isr })
    const { isr } = proposal
    answer({ errorCode: 0, leaderEpoch, partitionEpoch: partitionEpoch + 1, isr })
  }

  #decide(change: Partial<Metadata>): void {
    const before = this.#now
    const hasNewLeader = change.leader !== undefined
    const leaderEpoch = before.leaderEpoch + (hasNewLeader ? 1 : 0)
    const partitionEpoch = before.partitionEpoch + 1
    this.#history.push({ ...before, ...change, leaderEpoch, partitionEpoch })
  }

  #elect(leader: number): void {
    if (this.#now.active.has(leader)) this.#decide({ leader })
  }

  /** As the controller does it: out of the in-sync set, unless it is the last; its leadership goes to one that is in sync and active. */
  #fence(id: number): void {
    if (!this.#now.active.has(id)) return
    const active = new Map(this.#now.active)
    active.delete(id)
    const others = this.#now.isr.filter((one) => one !== id)
    const isr = others.length > 0 ? others : this.#now.isr
    const mustElect = this.#now.leader === id
    const next = isr.find((one) => active.has(one)) ?? -1
    this.#decide({ active, isr, ...(mustElect ? { leader: next } : {}) })
  }

  #unfence(replica: Replica): void {
    if (!replica.isUp || this.#now.active.has(replica.id)) return
    const active = new Map([...this.#now.active, [replica.id, replica.brokerEpoch] as const])
    const mustElect = this.#now.leader < 0 && this.#now.isr.includes(replica.id)
    this.#decide({ active, ...(mustElect ? { leader: replica.id } : {}) })
  }

  #restart(replica: Replica): void {
    if (replica.isUp) return
    // Its registration fences what went before.
    this.#fence(replica.id)
    replica.isUp = true
    replica.brokerEpoch = this.#nextBrokerEpoch++
    this.#known.set(replica.id, 0)
    replica.metadata = { ...this.#now, leader: -1 }
    // With a new disk: whoever is in sync has what it had.
    if (this.#now.isr.includes(replica.id) || this.#prng.int(0, 2) > 0) return
    replica.log = []
    replica.epochs = new LeaderEpochs()
    replica.durableEnd = 0
    replica.highWatermark = 0
  }

  #crash(replica: Replica): void {
    if (!replica.isUp) return
    replica.isUp = false
    replica.life += 1
    replica.leader = null
    const { isFlushed, losesTail } = this.#rules
    if (isFlushed || losesTail) replica.cut(this.#prng.int(replica.durableEnd, replica.log.length))
    // The checkpoint is of some time ago.
    replica.highWatermark = this.#prng.int(0, replica.highWatermark)
  }

  #hearOfMetadata(replica: Replica): void {
    if (!replica.isUp) return
    const from = this.#known.get(replica.id) ?? 0
    const to = this.#prng.int(from, this.#history.length - 1)
    this.#known.set(replica.id, to)
    this.#learn(replica, this.#history[to] as Metadata)
  }

  #learn(replica: Replica, metadata: Metadata): void {
    const before = replica.metadata
    // A broker acts on metadata once it has caught up to its own registration.
    const isNewEpoch = metadata.leaderEpoch > before.leaderEpoch || before.leader < 0
    if (metadata.leaderEpoch < before.leaderEpoch) return
    replica.metadata = metadata
    if (metadata.leader !== replica.id) {
      if (replica.leader !== null || isNewEpoch) replica.cut(replica.log.length)
      replica.leader = null
    } else if (replica.leader !== null && replica.leader.leaderEpoch === metadata.leaderEpoch) {
      replica.leader.take(metadata, this.#nowMs)
      this.#advance(replica)
    } else this.#lead(replica, metadata)
  }

  #lead(replica: Replica, metadata: Metadata): void {
    // Elected in an earlier life: the controller has fenced that, and says so later.
    if (metadata.active.get(replica.id) !== replica.brokerEpoch) {
      replica.leader = null
      return
    }
    this.#checkLeader(replica)
    replica.epochs.assign(metadata.leaderEpoch, replica.log.length)
    const brokers = {
      epochOf: (id: number) => replica.metadata.active.get(id) ?? null,
      isActive: (id: number) => replica.metadata.active.has(id),
    }
    const start = replica.log.length
    replica.leader = new LeaderState(replica.id, metadata, 2, start, brokers, this.#nowMs)
    this.#advance(replica)
  }

  #checkIsr(replica: Replica): void {
    const { leader } = replica
    if (!replica.isUp || leader === null) return
    const proposal = leader.contraction(replica.log.length, this.#nowMs, LAG_MS)
    if (proposal !== null) this.#propose(replica, leader, proposal)
    this.#advance(replica)
  }

  #flush(replica: Replica): void {
    if (!replica.isUp) return
    replica.durableEnd = this.#prng.int(replica.durableEnd, replica.log.length)
    if (replica.leader !== null) this.#advance(replica)
  }

  /** Notes what is committed from now on, and that nobody has seen something else in its place. */
  #advance(replica: Replica): void {
    const { leader, log } = replica
    if (leader === null) return
    const before = replica.highWatermark
    const ends = { logEnd: log.length, ackedEnd: this.#ackedEnd(replica), highWatermark: before }
    const end = leader.highWatermark(ends, this.#nowMs, LAG_MS)
    expect(end).toBeGreaterThanOrEqual(before)
    replica.highWatermark = end
    for (let offset = before; offset < end; offset++) {
      const known = this.committed[offset]
      if (known === undefined) this.committed[offset] = log[offset] as Entry
      else if (known.value !== log[offset]?.value) throw new Lost(`Another record at ${offset}`)
    }
  }

  /** A new leader of the newest epoch has all that is committed. */
  #checkLeader(replica: Replica): void {
    if (replica.metadata.leaderEpoch !== this.#now.leaderEpoch) return
    this.committed.forEach((entry, offset) => {
      if (replica.log[offset]?.value !== entry.value) {
        throw new Lost(`Leader ${replica.id} does not have what was committed at ${offset}`)
      }
    })
  }
}

class Lost extends Error {}

const SEEDS = Number(process.env['GROUP_SEEDS'] ?? 600)

describe('what is committed stays', () => {
  test.each([
    ['in the page caches of processes that crash', { isFlushed: false, losesTail: false }],
    ['on the disks of machines that lose power', { isFlushed: true, losesTail: false }],
  ])('%s', (_, rules) => {
    let committedCount = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const group = new Group(seed, rules)
      try {
        group.run(1_000)
      } catch (error) {
        throw new Error(`Seed ${seed}`, { cause: error })
      }
      committedCount += group.committed.length
    }
    expect(committedCount / SEEDS).toBeGreaterThan(5)
  })

  test('but not in page caches of machines that lose power: the simulation can tell', () => {
    const lose = (): void => {
      for (let seed = 1; seed <= 200; seed++) {
        new Group(seed, { isFlushed: false, losesTail: true }).run(1_000)
      }
    }
    expect(lose).toThrow(Lost)
  })
})
