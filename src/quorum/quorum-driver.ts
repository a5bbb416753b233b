/**
 * The metadata quorum as the rest of a node sees it: a log that is appended to by who leads, handed out when it is committed, and asked about by other nodes.
 */
import { assert } from '../base/index.ts'
import { DiskError } from '../io/index.ts'
import { LogError } from '../log/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { Delivery } from './delivery-driver.ts'
import type { MetadataListener } from './delivery-driver.ts'
import { messageOf, QuorumError } from './error.ts'
import { isFullDisk, readElection } from './files-driver.ts'
import type { MetadataLog } from './log-driver.ts'
import { buildMetadataBatch, METADATA_BATCH_SIZE_MAX } from './metadata-batch.ts'
import { examine } from './open-driver.ts'
import type { Found } from './open-driver.ts'
import { otherVoters } from './peers.ts'
import { stateOf } from './quorum-options.ts'
import type { KnownLeader, LeaderChange, QuorumOptions } from './quorum-options.ts'
import { leaderHighWatermark } from './leadership.ts'
import { Replica } from './replica-driver.ts'
import type { QuorumDeps } from './replica-driver.ts'
import { QuorumRequests } from './requests-driver.ts'
import { SnapshotKeeper } from './snapshot-keeper-driver.ts'
import type { SnapshotSource } from './snapshot-keeper-driver.ts'
import { Snapshots } from './snapshots-driver.ts'
import type { FoundSnapshot } from './snapshots-driver.ts'
import { TIMING_DEFAULTS } from './state.ts'
import type { QuorumState } from './state.ts'
import { isVoter } from './voters.ts'
import type { VoterSet } from './voters.ts'

/** Where a batch stands. */
export interface Appended {
  readonly baseOffset: number
  /** Exclusive. */
  readonly offsetEnd: number
  readonly epoch: number
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: QuorumError) => void
}

const BYTES_MAX = 1024 * 1024
/** How long a leader that stops waits for the others to hear of it. */
const FAREWELL_MS = 500

export class Quorum {
  readonly #deps: QuorumDeps
  readonly #log: MetadataLog
  readonly #listener: MetadataListener
  readonly #options: QuorumOptions
  readonly #keeper: SnapshotKeeper
  readonly #delivery: Delivery
  readonly #replica: Replica
  readonly #requests: QuorumRequests
  #told: LeaderChange = { leaderId: null, epoch: 0, isSelf: false }
  #catchingUp: Waiter[] = []
  #failure: QuorumError | null = null
  #started = false
  #logged = ''

  private constructor(
    deps: QuorumDeps,
    log: MetadataLog,
    listener: MetadataListener,
    options: QuorumOptions,
    found: Found,
  ) {
    this.#deps = deps
    this.#log = log
    this.#listener = listener
    this.#options = options
    const fail = (error: unknown): void => this.#fail(error)
    this.#delivery = new Delivery(log, listener, {
      onDelivered: (sizeBytes) => this.#onDelivered(sizeBytes),
      onFailure: fail,
    })
    this.#replica = new Replica(
      deps,
      log,
      this.#delivery,
      stateOf(options, found),
      {
        nodeId: options.nodeId,
        clusterId: options.clusterId ?? null,
        requestTimeoutMs: { ...TIMING_DEFAULTS, ...options.timings }.requestTimeoutMs,
        fetchBytesMax: options.fetchBytesMax ?? BYTES_MAX,
        snapshotBytesMax: options.snapshotBytesMax ?? BYTES_MAX,
      },
      { onStep: (before) => this.#onStep(before), onFailure: fail },
    )
    const snapshots = new Snapshots(deps, log.dir)
    const events = {
      onWritten: (id: FoundSnapshot['id']) => this.#replica.feed({ kind: 'snapshotWritten', id }),
      onStartMoved: (base: FoundSnapshot['id']) =>
        this.#replica.feed({ kind: 'logStartMoved', base }),
      onFailure: fail,
    }
    const { retention } = options
    const source = (): ReturnType<SnapshotSource> => this.#snapshotSource()
    this.#keeper = new SnapshotKeeper(deps, log, snapshots, retention, source, events)
    this.#requests = new QuorumRequests(deps, log, this.#replica, snapshots, options)
  }

  /**
   * Loads snapshot and log. A quorum of one takes the leadership of a new epoch, and this resolves when the listener has everything that is committed; else
   * it resolves when the files are read: see {@link whenCaughtUp}.
   *
   * @param log as {@link openMetadataLog} gives it
   * @throws QuorumError `LOG_DIR_FAILED`, `DAMAGED`, `NO_VOTERS`, `NOT_VOTER`, `NO_SPACE`; MetadataError
   */
  static async start(
    deps: QuorumDeps,
    log: MetadataLog,
    listener: MetadataListener,
    options: QuorumOptions,
  ): Promise<Quorum> {
    try {
      await log.load()
      const found = await examine(deps, log)
      const quorum = new Quorum(deps, log, listener, options, found)
      await quorum.#start(found.snapshot)
      return quorum
    } catch (error) {
      throw error instanceof QuorumError ? error : failureOf(error)
    }
  }

  /** Node id of the leader; null: not known. */
  get leaderId(): number | null {
    return this.#replica.news(errorCodes.NONE).leaderId
  }
  get leader(): KnownLeader {
    const { leaderId, epoch, leaderEndpoint } = this.#replica.news(errorCodes.NONE)
    return { id: leaderId, epoch, endpoint: leaderEndpoint }
  }
  get epoch(): number {
    return this.#state.epoch
  }
  /** One past the last committed record. */
  get highWatermark(): number {
    return this.#state.highWatermark ?? 0
  }
  /** Offset that the first record of the next proposal gets. */
  get nextOffset(): number {
    return this.#state.log.end
  }
  get voters(): VoterSet {
    return this.#state.voters
  }
  get kraftVersion(): number {
    return this.#state.kraftVersion
  }
  /** Why nothing works any more; null while all is well. */
  get failure(): QuorumError | null {
    return this.#failure
  }

  /**
   * Appends framed metadata records as one batch, before it returns: the first gets offset {@link nextOffset}. They count once
   * {@link whenCommitted} says so.
   *
   * @throws QuorumError `NOT_LEADER`; `TOO_LARGE` and `NO_SPACE` refuse this batch only, nothing was written; `LOG_DIR_FAILED`, `DAMAGED` and `CLOSED`
   *   are final
   */
  append(values: readonly Buffer[]): Appended {
    assert(values.length > 0, 'A batch has at least one record')
    if (this.#failure !== null) throw this.#failure
    if (!this.#replica.mayAppend) throw notLeader()
    const batch = buildMetadataBatch(values, { timestampMs: this.#deps.clock.wallMs() })
    if (batch.length > METADATA_BATCH_SIZE_MAX) {
      throw new QuorumError(
        'TOO_LARGE',
        `Cannot write ${values.length} metadata records at once: they take ${batch.length} bytes, at most ${METADATA_BATCH_SIZE_MAX} are allowed`,
      )
    }
    const baseOffset = this.nextOffset
    const { epoch } = this
    try {
      this.#replica.appendOwn(batch)
    } catch (error) {
      const failure = failureOf(error)
      if (failure.code !== 'NO_SPACE') this.#fail(failure)
      throw failure
    }
    return { baseOffset, offsetEnd: baseOffset + values.length, epoch }
  }

  /**
   * Resolves when everything below `offsetEnd` is committed and the listener has it; by default everything appended so far.
   *
   * @throws QuorumError by rejection: `NOT_LEADER` (whether it counts is unknown then), `LOG_DIR_FAILED`, `DAMAGED`, `CLOSED`
   */
  whenCommitted(offsetEnd: number = this.nextOffset): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (offsetEnd <= this.#delivery.offset) return Promise.resolve()
    if (this.#state.role.name !== 'leader') return Promise.reject(notLeader())
    return this.#delivery.whenDelivered(offsetEnd)
  }

  /** Resolves when a high watermark is known and the listener has everything below it. Rejects with QuorumError. */
  whenCaughtUp(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (this.#isCaughtUp()) return Promise.resolve()
    return new Promise((resolve, reject) => this.#catchingUp.push({ resolve, reject }))
  }

  /** {@link append} and {@link whenCommitted} in one; all errors come by rejection. */
  async propose(values: readonly Buffer[]): Promise<Appended> {
    const appended = this.append(values)
    await this.whenCommitted(appended.offsetEnd)
    return appended
  }

  readonly vote: QuorumRequests['vote'] = (request) => this.#requests.vote(request)

  readonly beginQuorumEpoch: QuorumRequests['beginEpoch'] = (request) =>
    this.#requests.beginEpoch(request)

  readonly endQuorumEpoch: QuorumRequests['endEpoch'] = (request) =>
    this.#requests.endEpoch(request)

  /** Answers when there is something to tell, at the latest after the request's `maxWaitMs`. */
  readonly fetch: QuorumRequests['fetch'] = (request) => this.#requests.fetch(request)

  readonly fetchSnapshot: QuorumRequests['fetchSnapshot'] = (request) =>
    this.#requests.fetchSnapshot(request)

  readonly describeQuorum: QuorumRequests['describe'] = (request) =>
    this.#requests.describe(request)

  readonly addRaftVoter: QuorumRequests['addVoter'] = (request) => this.#requests.addVoter(request)

  readonly removeRaftVoter: QuorumRequests['removeVoter'] = (request) =>
    this.#requests.removeVoter(request)

  readonly updateRaftVoter: QuorumRequests['updateVoter'] = (request) =>
    this.#requests.updateVoter(request)

  /**
   * A leader gives up its epoch, so that another need not wait for a time-out. Ends waiting proposals with `CLOSED` and resolves when no work is left. The
   * log stays open: it is its manager's.
   */
  async close(): Promise<void> {
    await this.#sayFarewell()
    this.#end(new QuorumError('CLOSED', 'The metadata quorum was closed'))
    await this.#replica.idle()
    await this.#delivery.idle()
    await this.#keeper.close()
  }

  get #state(): QuorumState {
    return this.#replica.state
  }

  async #start(snapshot: FoundSnapshot | null): Promise<void> {
    this.#checkVoters()
    if (snapshot !== null) await this.#delivery.loadSnapshot(snapshot)
    const election = readElection(this.#deps.disk, this.#log.dir)
    this.#replica.feed({ kind: 'started', election })
    await this.#replica.idle()
    const { voters, self } = this.#state
    if (voters.length === 1 && isVoter(voters, self)) await this.whenCommitted()
    if (this.#failure !== null) throw this.#failure
    this.#started = true
  }

  /** Nobody to vote for, and nobody to ask. */
  #checkVoters(): void {
    const { voters, self, bootstrapServers } = this.#state
    if (bootstrapServers.length > 0) return
    if (voters.length === 0) {
      const message = `Cannot start the metadata quorum in ${this.#log.dir}: no voters in log or snapshot, and none configured`
      throw new QuorumError('NO_VOTERS', message)
    }
    if (isVoter(voters, self) || otherVoters(this.#state).length > 0) return
    const ids = voters.map((voter) => `${voter.id} with directory ${voter.directoryId}`)
    const message = `Cannot start the metadata quorum: this is node ${self.id} with directory ${self.directoryId}, the voters are ${ids.join(', ')}`
    throw new QuorumError('NOT_VOTER', message)
  }

  async #sayFarewell(): Promise<void> {
    const { role } = this.#state
    if (this.#failure !== null || role.name !== 'leader') return
    if (otherVoters(this.#state).length === 0) return
    this.#replica.feed({ kind: 'resign' })
    await this.#replica.idle()
    const isHeard = (): boolean =>
      this.#state.role.name !== 'resigned' || this.#state.role.askAtMs.size === 0
    const { clock } = this.#deps
    const endMs = clock.monotonicMs() + FAREWELL_MS
    while (!isHeard() && clock.monotonicMs() < endMs) {
      await new Promise<void>((resolve) => clock.after(10, resolve))
    }
  }

  /** The core has decided, and nothing is done yet: whoever relied on the leadership hears of its end first. */
  #onStep(before: QuorumState): void {
    const { role, leader, epoch } = this.#state
    const isNewRole = before.role.name !== role.name || before.epoch !== epoch
    if (before.role.name === 'leader' && isNewRole) this.#delivery.refuse(notLeader())
    if (isNewRole) this.#logRole()
    if (role.name === 'leader' || role.name === 'failed') {
      if (role.name === 'leader') this.#tellLeadership()
    } else {
      const isOther = leader !== null && leader.id !== this.#options.nodeId
      this.#tell({ leaderId: isOther ? leader.id : null, epoch, isSelf: false })
    }
    this.#wakeCaughtUp()
  }

  /** For people: each leader once, all else only for who looks closely. */
  #logRole(): void {
    const { role, leader, epoch, log } = this.#state
    const name = `${epoch}/${leader?.id ?? ''}/${role.name}`
    const isNews = name !== this.#logged && (role.name === 'leader' || role.name === 'follower')
    if (isNews) this.#logged = name
    const text =
      role.name === 'leader' ? 'Leads the metadata quorum' : `Metadata quorum: ${role.name}`
    this.#deps.telemetry.log(isNews ? 'info' : 'debug', `quorum.${role.name}`, text, {
      epoch,
      leaderId: leader?.id ?? null,
      logStart: log.base.offsetEnd,
      logEnd: log.end,
    })
  }

  #tell(change: LeaderChange): void {
    const { leaderId, epoch, isSelf } = this.#told
    if (leaderId === change.leaderId && epoch === change.epoch && isSelf === change.isSelf) return
    this.#told = change
    this.#options.onLeaderChange?.(change)
  }

  /** The image is complete up to this node's epoch: now it may be acted on. */
  #tellLeadership(): void {
    const { role, self, epoch } = this.#state
    if (role.name !== 'leader' || this.#delivery.offset <= role.epochStart) return
    this.#tell({ leaderId: self.id, epoch, isSelf: true })
  }

  #onDelivered(sizeBytes: number): void {
    this.#keeper.count(sizeBytes)
    this.#tellLeadership()
    this.#wakeCaughtUp()
  }

  #isCaughtUp(): boolean {
    const { role } = this.#state
    const known =
      role.name === 'follower' ? role.leaderHighWatermark : leaderHighWatermark(this.#state)
    return known !== null && this.#delivery.offset >= known
  }

  #wakeCaughtUp(): void {
    if (this.#catchingUp.length === 0 || !this.#isCaughtUp()) return
    for (const { resolve } of this.#catchingUp.splice(0)) resolve()
  }

  #snapshotSource(): ReturnType<SnapshotSource> {
    const { image } = this.#listener
    const { history } = this.#state
    const offsetEnd = image.provenance.offsetLast + 1
    const known = history.findLast((at) => at.offsetEnd <= offsetEnd) ?? history[0]
    const facts = known?.facts ?? { kraftVersion: 0, voters: null }
    return { image, facts }
  }

  #fail(cause: unknown): void {
    if (this.#failure !== null) return
    const failure = failureOf(cause)
    this.#end(failure)
    this.#deps.telemetry.log('error', 'quorum.failed', failure.message, { code: failure.code })
    if (this.#started) this.#options.onFailure(failure)
  }

  #end(failure: QuorumError): void {
    if (this.#failure !== null) return
    this.#failure = failure
    this.#replica.stop()
    this.#delivery.stop(failure)
    for (const { reject } of this.#catchingUp.splice(0)) reject(failure)
  }
}

function notLeader(): QuorumError {
  return new QuorumError('NOT_LEADER', 'This node does not lead the metadata quorum')
}

function failureOf(error: unknown): QuorumError {
  if (error instanceof QuorumError) return error
  if (isFullDisk(error) || (error instanceof LogError && error.code === 'NO_SPACE')) {
    const message = `Cannot write to the metadata log dir, the disk is full: ${messageOf(error)}`
    return new QuorumError('NO_SPACE', message, error)
  }
  if (error instanceof LogError || error instanceof DiskError) {
    const message = `Cannot go on without the metadata log dir: ${messageOf(error)}`
    return new QuorumError('LOG_DIR_FAILED', message, error)
  }
  return new QuorumError('DAMAGED', `Cannot follow the metadata log: ${messageOf(error)}`, error)
}
