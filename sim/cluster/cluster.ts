import { METADATA_VERSION, METADATA_VERSION_LATEST } from '../../src/metadata/index.ts'
import { startNode } from '../../src/node/index.ts'
import type { RunningNode } from '../../src/node/index.ts'
import { formatDirectories } from '../../src/quorum/index.ts'
import type { Machine, SimProcess, World } from '../index.ts'
import { LOG_DIR } from './profile.ts'
import type { ClusterProfile, NodePlan } from './profile.ts'

const CLUSTER_ID = 'c2ltdWxhdGVkQ2x1c3Rlcg'

/** A node under test on a machine of its own: up, starting, or dead. */
export class ClusterNode {
  readonly id: number
  readonly machine: Machine
  readonly #plan: NodePlan
  #process: SimProcess | null = null
  #node: RunningNode | null = null
  starts = 0
  /** Why it ended last, where it ended by itself. */
  lastProblem: Error | null = null

  constructor(world: World, plan: NodePlan, profile: ClusterProfile) {
    this.id = plan.id
    this.#plan = plan
    const { disk } = profile
    this.machine = world.machine(plan.host, { driftPpm: plan.driftPpm, disk })
  }

  /** Serving, as far as is known. */
  get isUp(): boolean {
    return this.#node !== null && this.isAlive
  }

  /** There is a process, serving or on its way to it. */
  get isAlive(): boolean {
    return this.#process?.isDead === false
  }

  get process(): SimProcess | null {
    return this.#process
  }

  async format(): Promise<void> {
    const process = this.machine.process('format')
    await formatDirectories(process.io, {
      clusterId: CLUSTER_ID,
      nodeId: this.id,
      dirs: [LOG_DIR],
      metadataLogDir: LOG_DIR,
      standalone: null,
      features: new Map([[METADATA_VERSION, METADATA_VERSION_LATEST]]),
      ignoreFormatted: false,
    })
    process.kill()
  }

  /** Starts the node, switching the machine on if need be. */
  start(): void {
    if (!this.machine.isOn) this.machine.powerOn()
    this.starts += 1
    this.#node = null
    const source = { origin: 'file' as const, properties: this.#plan.properties }
    this.#process = this.machine.start('highwater', async (process) => {
      try {
        const node = await startNode(process.io, [source])
        this.#node = node
        void node.failed.then((error) => this.#giveUp(process, node, error))
      } catch (error) {
        if (process.isDead) return
        this.#ended(error as Error)
        process.kill()
      }
    })
  }

  /** As SIGTERM does it; resolves when the process is gone. */
  async stop(): Promise<void> {
    const process = this.#process
    const node = this.#node
    if (process === null || node === null || process.isDead) return this.kill()
    await new Promise<void>((resolve) => {
      process.own({ die: () => resolve() })
      node.stop().then(
        () => resolve(),
        (error: unknown) => {
          this.#ended(error as Error)
          resolve()
        },
      )
    })
    process.kill()
    this.#node = null
  }

  kill(): void {
    this.#process?.kill()
    this.#node = null
  }

  powerCut(): void {
    this.machine.powerCut()
    this.#node = null
  }

  /** A node that cannot go on is stopped by whoever runs it, as `highwater start` does. */
  async #giveUp(process: SimProcess, node: RunningNode, error: Error): Promise<void> {
    if (process.isDead) return
    this.#ended(error)
    try {
      await node.stop()
    } catch {
      // It has said why it gave up.
    }
    process.kill()
  }

  #ended(error: Error): void {
    this.lastProblem = error
    this.machine.world.note(`node ${this.id} ended: ${error.message}`)
  }
}

export class Cluster {
  readonly nodes: readonly ClusterNode[]

  constructor(world: World, profile: ClusterProfile) {
    this.nodes = profile.nodes.map((plan) => new ClusterNode(world, plan, profile))
  }

  get starts(): number {
    return this.nodes.reduce((sum, { starts }) => sum + starts, 0)
  }

  node(id: number): ClusterNode | null {
    return this.nodes.find((node) => node.id === id) ?? null
  }
}
