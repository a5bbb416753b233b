/**
 * One to seven cores and a soup of messages between them: lost, delayed, doubled, out of order; crashes that lose what is not synced, also in the middle of
 * a step's effects; pauses, partitions in one or both directions, wiped disks, changes of the voters. No bytes, no promises: thousands of worlds a minute.
 */
import { MinHeap } from 'mnemonist'
import { Prng } from '../../src/base/index.ts'
import { replicaName } from '../../src/quorum/transitions.ts'
import { lastEpochOf } from '../../src/quorum/log-shape.ts'
import type {
  Address,
  EpochNews,
  FailureReason,
  Outgoing,
  QuorumEffect,
  QuorumEvent,
  QuorumState,
  Reply,
} from '../../src/quorum/state.ts'
import { Checks, Violation } from './checks.ts'
import { Node } from './node.ts'
import type { Disk, Entry, StoredSnapshot } from './node.ts'
import type { Profile } from './profile.ts'

interface Happening {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** A request under way: whom to answer. */
interface Asked {
  readonly from: Node
  readonly life: number
  readonly to: Address
  readonly request: Outgoing
  isDone: boolean
}

const READ_MAX = 5
const REQUEST_TIMEOUT_MS = 300

export class Soup {
  readonly profile: Profile
  readonly nodes: Node[] = []
  readonly checks = new Checks()
  readonly prng: Prng
  readonly lines: string[] = []
  nowMs = 0
  events = 0
  /** Directions that nothing passes. */
  readonly blocked = new Set<string>()
  /** As they were when they were lost: what they held had counted. */
  readonly lostDisks: (Disk & { readonly nodeId: number })[] = []
  wipes = 0
  snapshotsInstalled = 0
  isCalm = false
  readonly #linesMax: number
  readonly #queue = new MinHeap<Happening>((a, b) => a.atMs - b.atMs || a.order - b.order)
  #order = 0
  #token = 0
  #names = 0
  readonly #asked = new Map<number, Asked>()
  readonly #ticks = new Map<Node, number>()

  constructor(profile: Profile, linesMax: number) {
    this.profile = profile
    this.prng = new Prng(profile.seed)
    this.#linesMax = linesMax
    for (const setup of profile.nodes) {
      const node = new Node(setup, profile.directoryOf(setup.id, 0))
      this.nodes.push(node)
    }
  }

  note(text: string): void {
    this.lines.push(`${this.nowMs.toFixed(1)} ${text}`)
    if (this.lines.length > this.#linesMax) this.lines.shift()
  }

  after(delayMs: number, run: () => void): void {
    this.#queue.push({ atMs: this.nowMs + delayMs, order: this.#order++, run })
  }

  /** Lets everything happen up to a time. */
  runUntil(endMs: number): void {
    for (;;) {
      const next = this.#queue.peek()
      if (next === undefined || next.atMs > endMs) break
      this.#queue.pop()
      this.nowMs = next.atMs
      this.events += 1
      next.run()
    }
    this.nowMs = endMs
  }

  boot(node: Node): void {
    node.boot()
    this.note(`node ${node.id} starts, log ${node.disk.base.offsetEnd}-${node.logEnd}`)
    this.feed(node, { kind: 'started', election: node.disk.election })
  }

  /** Within so many milliseconds, unless somebody else starts it. */
  bootLater(node: Node, withinMs: number): void {
    const { life } = node
    this.after(this.prng.float() * withinMs, () => {
      if (node.state === null && node.life === life) this.boot(node)
    })
  }

  crash(node: Node): void {
    if (node.state === null) return
    this.note(`node ${node.id} crashes`)
    node.crash((count) => this.prng.int(0, count))
  }

  /** An event for a node, now. */
  feed(node: Node, event: QuorumEvent): void {
    if (node.state === null) return
    if (node.isPaused) {
      const { life } = node
      this.after(20, () => {
        if (node.life === life) this.feed(node, event)
      })
      return
    }
    if (event.kind === 'synced') {
      // Meanwhile the log may have been cut.
      event = { kind: 'synced', durableEnd: node.disk.base.offsetEnd + node.disk.syncedCount }
    }
    const before = node.state
    const effects = node.step(event, this.nowMs, this.prng.float())
    if (this.#linesMax > 0 && event.kind !== 'tick') {
      this.note(`${node.id} ${event.kind} ${summary(event)} -> ${roleOf(node.state)}`)
    }
    this.#checkRole(node, before, node.state)
    for (const effect of effects) {
      const mayCrash = !this.isCalm && this.prng.chance(this.profile.crashInEffectsChance)
      if (mayCrash) return this.crash(node)
      this.#perform(node, effect)
      if (node.state === null) return
    }
    this.#armTick(node)
  }

  #checkRole(node: Node, before: QuorumState, after: QuorumState): void {
    if (after.epoch < before.epoch) throw new Violation('epoch', `node ${node.id} goes back`)
    if ((after.highWatermark ?? 0) < (before.highWatermark ?? 0)) {
      throw new Violation('high watermark', `node ${node.id} goes back`)
    }
  }

  #armTick(node: Node): void {
    const { life } = node
    const atMs = node.nextTickMs
    if (atMs === Infinity || (this.#ticks.get(node) ?? Infinity) <= atMs) return
    this.#ticks.set(node, atMs)
    this.after(Math.max(0, atMs - this.nowMs), () => {
      if (this.#ticks.get(node) === atMs) this.#ticks.delete(node)
      if (node.life !== life) return node.state === null ? undefined : this.#armTick(node)
      if (node.nextTickMs <= this.nowMs) this.feed(node, { kind: 'tick' })
      else this.#armTick(node)
    })
  }

  #perform(node: Node, effect: QuorumEffect): void {
    switch (effect.kind) {
      case 'persistElection': {
        node.disk.election = effect.election
        const { votedFor, epoch } = effect.election
        if (votedFor !== null) {
          const voter = `${node.id}:${node.disk.directoryId}`
          this.checks.votes(voter, epoch, replicaName(votedFor))
        }
        return
      }
      case 'appendEpochStart': {
        if (node.state !== null) this.checks.leads(node, node.state)
        const facts =
          effect.voters === null
            ? null
            : { kraftVersion: node.state?.kraftVersion ?? 0, voters: effect.voters }
        this.#appendOwn(node, facts)
        node.epochStartAppended = true
        return
      }
      case 'appendVoters':
        return this.#appendOwn(node, {
          kraftVersion: node.state?.kraftVersion ?? 0,
          voters: effect.voters,
        })
      case 'append':
        return this.#appendFetched(node, effect.payload as readonly Entry[], effect.epoch)
      case 'truncate':
        node.truncate(effect.offset)
        return this.feed(node, { kind: 'truncated' })
      case 'sync':
        return this.#sync(node)
      case 'commit':
        return this.checks.commits(node, effect.highWatermark, (offset) =>
          this.#copiesOnDisk(node, offset),
        )
      case 'send':
        return this.#send(node, effect.to, effect.request)
      case 'answer':
        return this.#answer(node, effect.token, effect.reply)
      case 'fetchSnapshot':
        return this.#fetchSnapshot(node, effect)
      case 'installSnapshot': {
        const snapshot = this.#fetched.get(node)
        if (snapshot === undefined) throw new Error('no snapshot was fetched')
        node.installSnapshot(snapshot)
        this.snapshotsInstalled += 1
        this.checks.snapshot(node, snapshot.names)
        const { id, facts } = snapshot
        return this.feed(node, { kind: 'snapshotInstalled', id, facts })
      }
      case 'fail':
        throw new Violation('protocol', `node ${node.id}: ${effect.message}`)
      default:
    }
  }

  readonly #fetched = new Map<Node, StoredSnapshot>()

  #appendOwn(node: Node, facts: Entry['facts']): void {
    const { state } = node
    if (state === null) return
    const entry = { offset: node.logEnd, epoch: state.epoch, name: `r${this.#names++}`, facts }
    this.checks.appends(node, entry)
    node.append(entry)
    const batch = { epoch: entry.epoch, offsetEnd: node.logEnd, facts }
    this.feed(node, { kind: 'appended', batches: [batch] })
  }

  #appendFetched(node: Node, entries: readonly Entry[], epoch: number): void {
    if (entries[0]?.offset !== node.logEnd || entries.some((entry) => entry.epoch > epoch)) {
      return this.feed(node, { kind: 'appendRefused' })
    }
    for (const entry of entries) {
      this.checks.appends(node, entry)
      node.append(entry)
    }
    const batches = entries.map((entry) => ({
      epoch: entry.epoch,
      offsetEnd: entry.offset + 1,
      facts: entry.facts,
    }))
    this.feed(node, { kind: 'appended', batches })
  }

  /** A record from a client, where somebody thinks that it leads. */
  propose(node: Node): boolean {
    if (node.state?.role.name !== 'leader' || !node.epochStartAppended || node.isPaused)
      return false
    this.#appendOwn(node, null)
    return true
  }

  #sync(node: Node): void {
    const { life } = node
    const wanted = node.logEnd
    this.after(this.prng.float() * this.profile.syncMs, () => {
      if (node.life !== life || node.state === null) return
      const durableEnd = Math.min(wanted, node.logEnd)
      const count = durableEnd - node.disk.base.offsetEnd
      node.disk.syncedCount = Math.max(node.disk.syncedCount, count)
      this.feed(node, { kind: 'synced', durableEnd })
    })
  }

  #copiesOnDisk(leader: Node, offset: number): number {
    const name = leader.entryAt(offset)?.name
    const { voters = [], kraftVersion } = leader.state ?? {}
    const disks = [
      ...this.nodes.map(({ id, disk }) => ({ ...disk, nodeId: id })),
      ...this.lostDisks,
    ]
    return voters.filter((voter) =>
      disks.some(({ nodeId, directoryId, base, entries, syncedCount }) => {
        const isOfVoter =
          nodeId === voter.id && (directoryId === voter.directoryId || kraftVersion === 0)
        const index = offset - base.offsetEnd
        return isOfVoter && (index < 0 || (index < syncedCount && entries[index]?.name === name))
      }),
    ).length
  }

  #canPass(from: Node, to: Node): boolean {
    return !this.blocked.has(`${from.id}>${to.id}`)
  }

  #delayMs(): number {
    const { delayMs, slowChance } = this.profile
    const isSlow = !this.isCalm && this.prng.chance(slowChance)
    return 0.1 + this.prng.float() * delayMs * (isSlow ? 20 : 1)
  }

  #isLost(): boolean {
    return !this.isCalm && this.prng.chance(this.profile.lossChance)
  }

  #send(from: Node, to: Address, request: Outgoing): void {
    const target = this.nodes.find(({ id }) => `n${id}` === to.host)
    const asked: Asked = { from, life: from.life, to, request, isDone: false }
    const fail = (reason: FailureReason): void => {
      if (asked.isDone || from.life !== asked.life) return
      asked.isDone = true
      this.feed(from, { kind: 'requestFailed', to, request, reason })
    }
    const wait = request.kind === 'fetch' ? request.maxWaitMs : 0
    this.after(REQUEST_TIMEOUT_MS + wait, () => fail('timedOut'))
    if (target === undefined) return this.after(1, () => fail('refused'))
    const copies = !this.isCalm && this.prng.chance(this.profile.doubleChance) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (this.#isLost()) continue
      this.after(this.#delayMs(), () => {
        if (!this.#canPass(from, target)) return
        if (target.state === null) return this.after(this.#delayMs(), () => fail('refused'))
        const token = ++this.#token
        this.#asked.set(token, asked)
        this.feed(target, arrival(request, token))
      })
    }
  }

  #answer(node: Node, token: number, reply: Reply): void {
    const asked = this.#asked.get(token)
    if (asked === undefined || node.state === null) return
    this.#asked.delete(token)
    const { request } = asked
    if (reply.kind === 'vote' && reply.isGranted && request.kind === 'vote' && !request.preVote) {
      this.checks.votes(
        `${node.id}:${node.disk.directoryId}`,
        request.epoch,
        replicaName(request.candidate),
      )
    }
    const { epoch, leader, role } = node.state
    const leaderId = role.name === 'resigned' ? null : (leader?.id ?? null)
    const news: EpochNews = {
      errorCode:
        reply.kind === 'plain' || reply.kind === 'vote' || reply.kind === 'fetch'
          ? reply.errorCode
          : 0,
      epoch,
      leaderId,
      leaderEndpoint: leader?.endpoint ?? null,
    }
    const event = answerEvent(node, asked, reply, news)
    if (event === null || this.#isLost()) return
    this.after(this.#delayMs(), () => {
      if (!this.#canPass(node, asked.from) || asked.from.life !== asked.life) return
      if (asked.isDone && this.prng.chance(0.5)) return
      asked.isDone = true
      this.feed(asked.from, event)
    })
    const hasVoted = reply.kind === 'vote' && reply.isGranted
    if (!hasVoted || this.isCalm || !this.prng.chance(this.profile.crashAfterVoteChance)) return
    // The vote is out, and now nothing but the disk remembers it.
    this.crash(node)
    this.bootLater(node, 20)
  }

  #fetchSnapshot(
    node: Node,
    { id, from, epoch }: Extract<QuorumEffect, { kind: 'fetchSnapshot' }>,
  ): void {
    const { life } = node
    const source = this.nodes.find((other) => other.id === from.id)
    this.after(this.#delayMs() * 2, () => {
      if (node.life !== life) return
      const snapshot = source?.disk.snapshot ?? null
      const isThere =
        source !== undefined &&
        source.state !== null &&
        source.state.epoch === epoch &&
        this.#canPass(source, node) &&
        snapshot?.id.offsetEnd === id.offsetEnd &&
        snapshot.id.epoch === id.epoch
      if (!isThere || this.#isLost()) return this.feed(node, { kind: 'snapshotFailed', news: null })
      this.#fetched.set(node, snapshot)
      this.feed(node, { kind: 'snapshotProgress' })
      this.after(this.#delayMs(), () => {
        if (node.life === life) this.feed(node, { kind: 'snapshotFetched', id })
      })
    })
  }

  /** A snapshot of what the node knows to be committed. */
  takeSnapshot(node: Node): void {
    const { state, disk } = node
    if (state === null || node.isPaused) return
    const offsetEnd = Math.min(state.highWatermark ?? 0, node.logEnd)
    const last = node.entryAt(offsetEnd - 1)
    if (last === undefined || offsetEnd <= (disk.snapshot?.id.offsetEnd ?? 0)) return
    const known = state.history.findLast((at) => at.offsetEnd <= offsetEnd)
    if (known === undefined) return
    const id = { offsetEnd, epoch: last.epoch }
    disk.snapshot = { id, facts: known.facts, names: this.checks.committed.slice(0, offsetEnd) }
    this.feed(node, { kind: 'snapshotWritten', id })
    if (this.prng.chance(0.5) || node.state === null) return
    const before = disk.base.offsetEnd
    node.trim()
    if (disk.base.offsetEnd > before) this.feed(node, { kind: 'logStartMoved', base: disk.base })
  }

  token(): number {
    return ++this.#token
  }
}

function arrival(request: Outgoing, token: number): QuorumEvent {
  switch (request.kind) {
    case 'vote':
      return { kind: 'voteAsked', token, request }
    case 'beginEpoch':
      return { kind: 'beginEpochAsked', token, request }
    case 'endEpoch':
      return { kind: 'endEpochAsked', token, request }
    case 'fetch':
      return { kind: 'fetchAsked', token, request }
    case 'addVoter':
      return { kind: 'addVoterAsked', token, voter: request.voter, ackWhenCommitted: false }
    case 'removeVoter':
      return { kind: 'removeVoterAsked', token, voter: request.voter }
    default:
      return { kind: 'updateVoterAsked', token, request }
  }
}

function answerEvent(
  node: Node,
  { to, request }: Asked,
  reply: Reply,
  news: EpochNews,
): QuorumEvent | null {
  const from = to.id ?? node.id
  switch (request.kind) {
    case 'vote': {
      const isGranted = reply.kind === 'vote' && reply.isGranted
      return { kind: 'voteAnswered', from, preVote: request.preVote, news, isGranted }
    }
    case 'beginEpoch':
      return { kind: 'beginEpochAnswered', from, news }
    case 'endEpoch':
      return { kind: 'endEpochAnswered', from, news }
    case 'updateVoter':
    case 'addVoter':
    case 'removeVoter':
      return { kind: 'membershipAnswered', news }
    default: {
      if (reply.kind !== 'fetch') return null
      const { highWatermark, diverging, snapshot, read } = reply
      const first = node.disk.base.offsetEnd
      const payload =
        read === null
          ? null
          : node.disk.entries.slice(
              read.offset - first,
              Math.min(read.offsetEnd - first, read.offset - first + READ_MAX),
            )
      const answer = { ...news, highWatermark, diverging, snapshot, payload }
      return { kind: 'fetchAnswered', id: request.id, answer }
    }
  }
}

function summary(event: QuorumEvent): string {
  const text = JSON.stringify(event, (key, value: unknown) =>
    key === 'kind' || key === 'endpoints' || key === 'directoryId' ? undefined : value,
  )
  return text.slice(0, 260)
}

function roleOf({ role, epoch, leader, log, highWatermark }: QuorumState): string {
  return `${role.name} e${epoch} l${leader?.id ?? '-'} log ${lastEpochOf(log)}/${log.end} durable ${log.durableEnd} hw ${highWatermark}`
}
