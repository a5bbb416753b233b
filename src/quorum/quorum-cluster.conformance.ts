/** Several quorums on simulated machines, each behind a small server, for the tests of this room. */
import { World } from '../../sim/index.ts'
import type { Machine, SimNetworkOptions, SimProcess } from '../../sim/index.ts'
import { INT32_MAX, ZERO_UUID } from '../base/index.ts'
import type { Connection } from '../io/index.ts'
import { LogManager } from '../log/index.ts'
import { apis, ApiVersionsRequest, decodeRequest, encodeResponse } from '../protocol/index.ts'
import { FrameReader } from '../rpc/index.ts'
import { formatDirectories } from './format-driver.ts'
import type { FormatOptions } from './format-driver.ts'
import { openMetadataLog } from './log-driver.ts'
import type { LeaderChange, QuorumOptions } from './quorum-options.ts'
import { Quorum } from './quorum-driver.ts'
import { FORMAT, LOG_DIR, marked, RecordingListener } from './quorum-harness.conformance.ts'
import { RETENTION_DEFAULTS } from './snapshot-keeper-driver.ts'
import type { Voter } from './voters.ts'

const PORT = 9093

export interface Member {
  readonly id: number
  readonly machine: Machine
  directoryId: string
  running: Running | null
}

export interface Running {
  readonly process: SimProcess
  readonly quorum: Quorum
  readonly logs: LogManager
  readonly listener: RecordingListener
  readonly changes: LeaderChange[]
  readonly failures: string[]
}

export interface ClusterOptions {
  readonly seed?: number
  readonly voters: number
  readonly observers?: number
  /** True: voters are in the snapshot 0-0 (kraft.version 1). False: configured. */
  readonly isDynamic?: boolean
  readonly network?: SimNetworkOptions
  readonly overrides?: Partial<QuorumOptions>
}

export class Cluster {
  readonly world: World
  readonly members: Member[] = []
  readonly #options: ClusterOptions
  /** As the machines were formatted at first. */
  readonly #first: { readonly id: number; readonly directoryId: string }[] = []
  #lives = 0

  private constructor(options: ClusterOptions) {
    this.#options = options
    this.world = new World({ seed: options.seed ?? 1, network: options.network ?? {} })
  }

  /** Formats the machines and starts all members. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options)
    const count = options.voters + (options.observers ?? 0)
    for (let id = 1; id <= count; id++) {
      const machine = cluster.world.machine(`m${id}`)
      const directoryId = `voterDirectory_____${id}AA`
      cluster.#first.push({ id, directoryId })
      cluster.members.push({ id, machine, directoryId, running: null })
    }
    for (const member of cluster.members) await cluster.format(member)
    for (const member of cluster.members) await cluster.boot(member)
    return cluster
  }

  get voters(): Voter[] {
    const { voters, isDynamic } = this.#options
    return this.#first.slice(0, voters).map(({ id, directoryId }) => ({
      id,
      directoryId: isDynamic === true ? directoryId : ZERO_UUID,
      endpoints: [endpointOf(id)],
      kraftVersionMin: 0,
      kraftVersionMax: 1,
    }))
  }

  /** Log dirs as `highwater format` leaves them. */
  async format(member: Member, directoryId = member.directoryId, isVoter = true): Promise<void> {
    member.directoryId = directoryId
    const { isDynamic, voters } = this.#options
    const process = member.machine.process('format')
    const options: FormatOptions = {
      ...FORMAT,
      nodeId: member.id,
      standalone: null,
      directoryId,
      initialVoters: isDynamic === true && isVoter && member.id <= voters ? this.voters : null,
    }
    process.io.disk.makeDirectory(LOG_DIR)
    await this.run(process.io.disk.syncDirectory('/'))
    await this.run(formatDirectories(process.io, options))
    process.kill()
  }

  run<T>(promise: Promise<T>): Promise<T> {
    return this.world.settle(promise)
  }

  async boot(member: Member, overrides: Partial<QuorumOptions> = {}): Promise<Running> {
    const { machine, id, directoryId } = member
    const process = machine.process(`node${this.#lives++}`)
    const running = await this.run(this.#boot(process, id, directoryId, overrides))
    member.running = running
    return running
  }

  async #boot(
    process: SimProcess,
    nodeId: number,
    directoryId: string,
    own: Partial<QuorumOptions>,
  ): Promise<Running> {
    const { io } = process
    const logs = await LogManager.open(io, {
      dirs: [LOG_DIR],
      clusterId: FORMAT.clusterId,
      nodeId,
      format: false,
      configOf: () => {
        throw new Error('No other log is here')
      },
    })
    const listener = new RecordingListener()
    const changes: LeaderChange[] = []
    const failures: string[] = []
    const { isDynamic, overrides } = this.#options
    const quorum = await Quorum.start(io, openMetadataLog(logs, LOG_DIR), listener, {
      nodeId,
      directoryId,
      clusterId: FORMAT.clusterId,
      staticVoters: isDynamic === true ? [] : this.voters,
      bootstrapServers: this.voters.map(({ id }) => endpointOf(id)),
      endpoints: [endpointOf(nodeId)],
      retention: RETENTION_DEFAULTS,
      onFailure: ({ message }) => void failures.push(message),
      onLeaderChange: (change) => void changes.push(change),
      ...overrides,
      ...own,
    })
    await io.network.listen({ host: `m${nodeId}`, port: PORT }, (connection) =>
      serve(connection, quorum),
    )
    return { process, quorum, logs, listener, changes, failures }
  }

  kill(member: Member): void {
    member.running?.process.kill()
    member.running = null
  }

  /** The member that may write; waits for one. */
  async leader(forMs = 20_000): Promise<Member & { running: Running }> {
    const endMs = this.world.nowMs + forMs
    while (this.world.nowMs < endMs) {
      const found = this.members.find(({ running }) => running?.changes.at(-1)?.isSelf === true)
      if (found?.running !== null && found !== undefined)
        return { ...found, running: found.running }
      await this.world.run({ forMs: 5 })
    }
    throw new Error('Nobody leads')
  }

  /** Until somebody acknowledges it. */
  async propose(name: string): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      const { running } = await this.leader()
      const outcome = running.quorum.propose([marked(name)]).then(
        () => true,
        () => false,
      )
      if (await this.run(outcome)) return
      await this.world.run({ forMs: 200 })
    }
    throw new Error(`Nobody acknowledges ${name}`)
  }

  /** Lets time pass until all running members have the same marks, and returns them, sorted. */
  async converged(count: number, forMs = 20_000): Promise<string[]> {
    const endMs = this.world.nowMs + forMs
    const all = (): string[][] =>
      this.members.flatMap(({ running }) =>
        running === null
          ? []
          : [[...running.listener.image.configs.ofDefaultBroker().keys()].toSorted()],
      )
    const isSame = (): boolean => {
      const [first, ...others] = all()
      const text = JSON.stringify(first)
      return (first?.length ?? 0) >= count && others.every((own) => JSON.stringify(own) === text)
    }
    while (!isSame() && this.world.nowMs < endMs) await this.world.run({ forMs: 50 })
    const [first] = all()
    if (!isSame()) {
      throw new Error(
        `Not the same everywhere: ${JSON.stringify(all().map((own) => own.slice(-5)))}`,
      )
    }
    return first ?? []
  }
}

export function endpointOf(id: number): { name: string; host: string; port: number } {
  return { name: 'CONTROLLER', host: `m${id}`, port: PORT }
}

/** A server of what a controller's listener serves of the quorum. Requests of one connection are answered in order. */
function serve(connection: Connection, quorum: Quorum): void {
  const reader = new FrameReader(INT32_MAX)
  let last: Promise<unknown> = Promise.resolve()
  connection.onClose(() => {})
  connection.onData((chunk) => {
    reader.push(chunk, (frame) => {
      const request = decodeRequest(frame)
      if (!request.ok) return connection.destroy()
      const { api, version, header } = request
      const body = api.request.decode(request.body, version)
      const answer = dispatch(quorum, api.key, body)
      const before = last
      last = answer.then(async (response) => {
        await before
        connection.write(encodeResponse(api.response, version, header.correlationId, response))
      })
    })
  })
}

function dispatch(quorum: Quorum, key: number, body: unknown): Promise<unknown> {
  const methods: Record<number, (request: never) => Promise<unknown>> = {
    1: (request) => quorum.fetch(request),
    52: (request) => quorum.vote(request),
    53: (request) => quorum.beginQuorumEpoch(request),
    54: (request) => quorum.endQuorumEpoch(request),
    55: (request) => quorum.describeQuorum(request),
    59: (request) => quorum.fetchSnapshot(request),
    80: (request) => quorum.addRaftVoter(request),
    81: (request) => quorum.removeRaftVoter(request),
    82: (request) => quorum.updateRaftVoter(request),
  }
  if (key === ApiVersionsRequest.key) {
    const apiKeys = [...Object.keys(methods).map(Number), key].map((apiKey) => {
      const [minVersion, maxVersion] = apis.get(apiKey)?.advertised ?? [0, 0]
      return { apiKey, minVersion, maxVersion }
    })
    const feature = { name: 'kraft.version', minVersion: 0, maxVersion: 1 }
    return Promise.resolve({ errorCode: 0, apiKeys, supportedFeatures: [feature] })
  }
  return (methods[key] as (request: unknown) => Promise<unknown>)(body)
}
