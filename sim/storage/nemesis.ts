import type { Prng } from '../../src/base/index.ts'
import type { DiskOperation, World } from '../index.ts'
import type { ClusterOfOne } from './cluster-of-one.ts'
import type { FaultKind, Profile } from './profile.ts'
import type { Shadow } from './shadow.ts'

const WRITING: readonly DiskOperation[] = [
  'write',
  'writeFile',
  'truncate',
  'rename',
  'makeDirectory',
]
const SYNCING: readonly DiskOperation[] = ['sync', 'syncDirectory']
/** Any call, or one of those between which the disk is in a state that it should not stay in. */
const WHERE = [undefined, ['sync'], ['syncDirectory'], ['rename'], ['write']] as const

/** Does harm to the node, and takes it away again. What a fault excuses is noted in the shadow. */
export class Nemesis {
  readonly #world: World
  readonly #cluster: ClusterOfOne
  readonly #profile: Profile
  readonly #prng: Prng
  #undo: (() => void)[] = []
  /** The power goes with the answer after so many; 0: it does not. */
  #answersLeft = 0

  constructor(world: World, cluster: ClusterOfOne, shadow: Shadow, profile: Profile) {
    this.#world = world
    this.#cluster = cluster
    this.#profile = profile
    this.#prng = world.prng('nemesis')
    if (profile.faultKinds.some((kind) => EXCUSES_ERRORS.has(kind))) shadow.mayFailStorage = true
    shadow.mayJumpClocks = profile.faultKinds.includes('clockJump')
  }

  /** A node that could not start has a reason. */
  get excusesFailedStart(): boolean {
    return this.#profile.faultKinds.some((kind) => FAILS_STARTS.has(kind))
  }

  /** A client has its answer: what it was told must be true from here on. */
  answered(): void {
    if (this.#answersLeft > 0 && --this.#answersLeft === 0) this.#cluster.powerCut()
  }

  /** How long to wait for the next fault. */
  gapMs(): number {
    const [from, to] = this.#profile.faultGapMs
    return from + this.#prng.float() * (to - from)
  }

  /** One more fault. */
  async strike(): Promise<void> {
    if (this.#profile.faultKinds.length === 0) return
    const kind = this.#prng.pick(this.#profile.faultKinds)
    this.#world.note(`nemesis: ${kind}`)
    await this.#do(kind)
  }

  /** Takes away whatever harm is not over by itself. */
  heal(): void {
    this.#world.note('nemesis: heal')
    for (const undo of this.#undo) undo()
    this.#undo = []
    this.#answersLeft = 0
  }

  async #do(kind: FaultKind): Promise<void> {
    const { machine } = this.#cluster
    const { volume } = machine
    const prng = this.#prng
    const nth = prng.int(1, prng.pick([3, 20, 200]))
    switch (kind) {
      case 'kill':
        return this.#cluster.kill()
      case 'killInCall':
        return this.#inject(prng.pick(WHERE), nth, { kind: 'kill', when: prng.pick(MOMENTS) })
      case 'powerCut':
        return this.#cluster.powerCut()
      case 'powerCutInCall':
        return this.#inject(prng.pick(WHERE), nth, { kind: 'powerCut', when: prng.pick(MOMENTS) })
      case 'powerCutAtAnswer':
        this.#answersLeft = prng.int(1, 15)
        return
      case 'cleanRestart':
        await this.#cluster.stop()
        return
      case 'writeError':
        return this.#inject(WRITING, nth, { kind: 'fail', code: 'IO' })
      case 'syncError':
        return this.#inject(SYNCING, Math.ceil(nth / 3), { kind: 'fail', code: 'IO' })
      case 'noSpace': {
        volume.capacityBytes = volume.usedBytes + prng.int(0, 20_000)
        return this.#until(prng.int(100, 5_000), () => (volume.capacityBytes = Infinity))
      }
      case 'slowDisk':
        return volume.stall(prng.int(50, 4_000))
      case 'cutConnections':
        return this.#world.network.cut((link) => link.touches(machine))
      case 'clockJump':
        return machine.jumpWall(prng.pick([-3_600_000, -1_000, 1_000, 60_000, 86_400_000]))
      case 'pause': {
        const { process } = this.#cluster
        process?.freeze()
        return this.#until(prng.int(10, 8_000), () => process?.thaw())
      }
    }
  }

  #inject(
    operations: readonly DiskOperation[] | undefined,
    nth: number,
    effect: Parameters<ClusterOfOne['machine']['volume']['inject']>[0]['effect'],
  ): void {
    const fault = { nth, effect, ...(operations === undefined ? {} : { operations }) }
    this.#undo.push(this.#cluster.machine.volume.inject(fault))
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

const MOMENTS = ['before', 'midway', 'after'] as const
const EXCUSES_ERRORS: ReadonlySet<FaultKind> = new Set(['writeError', 'syncError', 'noSpace'])
const FAILS_STARTS: ReadonlySet<FaultKind> = new Set([
  ...EXCUSES_ERRORS,
  'killInCall',
  'powerCutInCall',
])
