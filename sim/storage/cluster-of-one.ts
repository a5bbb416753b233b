import { startNode } from '../../src/node/index.ts'
import type { PropertySource, RunningNode } from '../../src/node/index.ts'
import type { Machine, SimProcess, World } from '../index.ts'
import type { Profile } from './profile.ts'

/** A node under test on a machine of its own. It may be up, starting, or dead; somebody has to ask for its restart. */
export class ClusterOfOne {
  readonly machine: Machine
  readonly logDirs: readonly string[]
  readonly #source: PropertySource
  #process: SimProcess | null = null
  #node: RunningNode | null = null
  /** How often it was started. */
  starts = 0

  constructor(world: World, profile: Profile) {
    this.machine = world.machine('node', { disk: profile.disk })
    this.logDirs = profile.logDirs
    this.#source = { origin: 'file', properties: profile.properties }
  }

  /** Serving, as far as is known. */
  get isUp(): boolean {
    return this.#node !== null && this.#process?.isDead === false
  }

  get process(): SimProcess | null {
    return this.#process
  }

  /**
   * Starts the node, switching the machine on if need be. Resolves with null when it serves, with the reason when it could not
   * start or died before.
   */
  start(): Promise<Error | null> {
    this.starts += 1
    if (!this.machine.isOn) this.machine.powerOn()
    return new Promise((resolve) => {
      const process = this.machine.start('highwater', async ({ io }) => {
        try {
          const node = await startNode(io, [this.#source])
          this.#node = node
          void node.failed.then((error) => this.#giveUp(process, node, error))
          resolve(null)
        } catch (error) {
          if (process.isDead) return
          resolve(error as Error)
          process.kill()
        }
      })
      this.#process = process
      this.#node = null
      process.own({ die: () => resolve(new Error('died while it started')) })
    })
  }

  /** Every log dir bears the mark of a clean stop. */
  get isClean(): boolean {
    const { volume } = this.machine
    return this.logDirs.every((dir) => volume.has(`${dir}/.kafka_cleanshutdown`))
  }

  /** As SIGTERM does it. Resolves with null, or with the reason when the node could not stop in order. */
  async stop(): Promise<Error | null> {
    const process = this.#process
    const node = this.#node
    if (process === null || node === null || process.isDead) return new Error('it was not up')
    const stopped = await new Promise<Error | null>((resolve) => {
      process.own({ die: () => resolve(new Error('died while it stopped')) })
      node.stop().then(
        () => resolve(null),
        (error: unknown) => resolve(error as Error),
      )
    })
    this.#node = null
    process.kill()
    return stopped
  }

  kill(): void {
    this.#process?.kill()
    this.#node = null
  }

  /** Without power until {@link start}. */
  powerCut(): void {
    this.machine.powerCut()
    this.#node = null
  }

  /** A node that cannot go on is stopped by whoever runs it, as `highwater start` does. */
  async #giveUp(process: SimProcess, node: RunningNode, error: Error): Promise<void> {
    if (process.isDead) return
    this.machine.world.note(`the node gave up: ${error.message}`)
    try {
      await node.stop()
    } catch {
      // It has said why it gave up.
    }
    process.kill()
  }
}
