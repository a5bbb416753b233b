/** A small network of hosts on this machine: one network namespace per host, joined by a bridge in a namespace of its own. Needs root and iproute2. */
import { randomInt } from 'node:crypto'
import type { Place } from './cluster.ts'
import { hasProgram, run, runOk } from './processes.ts'

/** Addresses of the hosts: 10.77.0.1 and so on; the hub, where clients run, is 10.77.0.254. */
const PREFIX = '10.77.0.'
const HUB = 254

export class HostNetwork {
  readonly #tag: string
  readonly #hosts: number

  private constructor(tag: string, hosts: number) {
    this.#tag = tag
    this.#hosts = hosts
  }

  /** Null, or why this machine cannot have one. */
  static async obstacle(): Promise<string | null> {
    if (!(await hasProgram('ip'))) return 'there is no ip command (iproute2)'
    const name = `hw${randomInt(1_000_000)}`
    const added = await run('ip', ['netns', 'add', name])
    if (added.code !== 0) return `ip netns add: ${added.stderr.trim()}`
    await run('ip', ['netns', 'del', name])
    return null
  }

  static async create(hosts: number): Promise<HostNetwork> {
    const network = new HostNetwork(`hw${randomInt(100_000)}`, hosts)
    const hub = network.#space(HUB)
    await ip('netns', 'add', hub)
    await ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge')
    await ip('-n', hub, 'addr', 'add', `${PREFIX}${HUB}/24`, 'dev', 'br0')
    for (const device of ['lo', 'br0']) await ip('-n', hub, 'link', 'set', device, 'up')
    for (let host = 1; host <= hosts; host++) await network.#join(host)
    return network
  }

  async #join(host: number): Promise<void> {
    const [space, hub, port] = [this.#space(host), this.#space(HUB), `port${host}`]
    await ip('netns', 'add', space)
    await ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
    await ip('-n', hub, 'link', 'set', port, 'master', 'br0', 'up')
    await ip('-n', space, 'addr', 'add', `${PREFIX}${host}/24`, 'dev', 'eth0')
    for (const device of ['lo', 'eth0']) await ip('-n', space, 'link', 'set', device, 'up')
  }

  placeOf(host: number): Place {
    return { host: `${PREFIX}${host}`, within: this.#within(host) }
  }

  /** A command that runs another where clients are. */
  get clients(): readonly string[] {
    return this.#within(HUB)
  }

  /** Nothing gets from or to the host any more. */
  async isolate(host: number): Promise<void> {
    await ip('-n', this.#space(HUB), 'link', 'set', `port${host}`, 'down')
  }

  /** Nothing gets from one host to another; the other direction stays. */
  async block(from: number, to: number): Promise<void> {
    await ip('-n', this.#space(from), 'route', 'add', 'blackhole', `${PREFIX}${to}/32`)
  }

  /** Everything as at the beginning. */
  async heal(): Promise<void> {
    for (let host = 1; host <= this.#hosts; host++) {
      await ip('-n', this.#space(HUB), 'link', 'set', `port${host}`, 'up')
      for (let to = 1; to <= this.#hosts; to++) {
        await run('ip', ['-n', this.#space(host), 'route', 'del', 'blackhole', `${PREFIX}${to}/32`])
      }
    }
  }

  async close(): Promise<void> {
    for (const host of [HUB, ...Array.from({ length: this.#hosts }, (_, index) => index + 1)]) {
      await run('ip', ['netns', 'del', this.#space(host)])
    }
  }

  #space(host: number): string {
    return `${this.#tag}-${host}`
  }

  #within(host: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.#space(host)]
  }
}

async function ip(...args: readonly string[]): Promise<void> {
  await runOk('ip', args)
}
