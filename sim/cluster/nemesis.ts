import type { Prng } from '../../src/base/index.ts'
import type { DiskOperation, Machine, World } from '../index.ts'
import type { Cluster, ClusterNode } from './cluster.ts'
import type { ClusterProfile, FaultKind } from './profile.ts'

const WRITING: readonly DiskOperation[] = ['write', 'writeFile', 'truncate', 'rename']
const SYNCING: readonly DiskOperation[] = ['sync', 'syncDirectory']

/** Does harm to the cluster, and takes it away again. */
export class Nemesis {
  readonly #world: World
  readonly #cluster: Cluster
  readonly #profile: ClusterProfile
  readonly #prng: Prng
  #undo: (() => void)[] = []
  /** What happens with the answer after so many. */
  #atAnswer: { left: number; readonly strike: (node: ClusterNode) => void } | null = null

  constructor(world: World, cluster: Cluster, profile: ClusterProfile) {
    this.#world = world
    this.#cluster = cluster
    this.#profile = profile
    this.#prng = world.prng('nemesis')
  }

  /** How long to wait for the next fault. */
  gapMs(): number {
    const [from, to] = this.#profile.faultGapMs
    return from + this.#prng.float() * (to - from)
  }

  /** A client has an answer of that node: what it was told must be true from here on. */
  answered(nodeId: number): void {
    const armed = this.#atAnswer
    const node = this.#cluster.node(nodeId)
    if (armed === null || node === null || --armed.left > 0) return
    this.#atAnswer = null
    armed.strike(node)
  }

  /** One more fault. */
  strike(): void {
    if (this.#profile.faultKinds.length === 0) return
    const kind = this.#prng.pick(this.#profile.faultKinds)
    const node = this.#prng.pick(this.#cluster.nodes)
    this.#world.note(`nemesis: ${kind} ${node.id}`)
    this.#do(kind, node)
  }

  /** Takes away whatever harm is not over by itself. */
  heal(): void {
    this.#world.note('nemesis: heal')
    for (const undo of this.#undo) undo()
    this.#undo = []
    this.#atAnswer = null
    this.#world.network.heal()
  }

  #do(kind: FaultKind, node: ClusterNode): void {
    const { nodes } = this.#cluster
    const { machine } = node
    const prng = this.#prng
    const { network } = this.#world
    switch (kind) {
      case 'kill':
        return node.kill()
      case 'killAll':
        return nodes.forEach((one) => one.kill())
      case 'killAtAnswer':
        this.#atAnswer = { left: prng.int(1, 20), strike: (answering) => answering.kill() }
        return
      case 'powerCut':
        return node.powerCut()
      case 'powerCutAll':
        return nodes.forEach((one) => one.powerCut())
      case 'powerCutAtAnswer': {
        const strike = prng.chance(0.5)
          ? (answering: ClusterNode): void => answering.powerCut()
          : (): void => nodes.forEach((one) => one.powerCut())
        this.#atAnswer = { left: prng.int(1, 20), strike }
        return
      }
      case 'pause': {
        const { process } = node
        process?.freeze()
        return this.#until(prng.int(50, prng.pick([1_000, 20_000])), () => process?.thaw())
      }
      case 'cleanRestart':
        void node.stop()
        return
      case 'isolate':
        return this.#partition([machine], others(nodes, [node]))
      case 'split': {
        const side = nodes.filter(() => prng.chance(0.5))
        return this.#partition(
          side.map((one) => one.machine),
          others(nodes, side),
        )
      }
      case 'oneWay': {
        const to = prng.pick(nodes).machine
        if (to === machine) return
        network.block(machine, to)
        return this.#until(this.#cutMs(), () => network.unblock(machine, to))
      }
      case 'stallLink':
        return network.stall(machine, prng.pick(nodes).machine, prng.int(50, 5_000))
      case 'cutConnections':
        return network.cut((link) => link.touches(machine))
      case 'slowDisk':
        return machine.volume.stall(prng.int(50, 4_000))
      case 'clockJump':
        return machine.jumpWall(prng.pick([-600_000, -1_000, 1_000, 600_000]))
      case 'writeError':
        return this.#inject(machine, WRITING)
      case 'syncError':
        return this.#inject(machine, SYNCING)
    }
  }

  #partition(side: readonly Machine[], other: readonly Machine[]): void {
    const { network } = this.#world
    network.partition(side, other)
    this.#until(this.#cutMs(), () => {
      for (const a of side) {
        for (const b of other) {
          network.unblock(a, b)
          network.unblock(b, a)
        }
      }
    })
  }

  #cutMs(): number {
    return this.#prng.int(100, this.#prng.pick([2_000, 30_000]))
  }

  #inject({ volume }: Machine, operations: readonly DiskOperation[]): void {
    const nth = this.#prng.int(1, 10)
    this.#undo.push(volume.inject({ operations, nth, effect: { kind: 'fail', code: 'IO' } }))
  }

  #until(forMs: number, undo: () => void): void {
    let isDone = false
    const once = (): void => {
      if (!isDone) undo()
      isDone = true
    }
    this.#undo.push(once)
    this.#world.schedule(forMs, 'nemesis: enough', once)
  }
}

function others(nodes: readonly ClusterNode[], side: readonly ClusterNode[]): Machine[] {
  return nodes.filter((node) => !side.includes(node)).map(({ machine }) => machine)
}
