import type { BrokerSettings } from './broker-settings.ts'
import type { ConfigProblem } from './value.ts'

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

/** Kafka's numbers, as in registrations of brokers. */
export const securityProtocolIds: Readonly<Record<SecurityProtocol, number>> = {
  PLAINTEXT: 0,
  SSL: 1,
  SASL_PLAINTEXT: 2,
  SASL_SSL: 3,
}

export interface Listener {
  /** In capitals, as Kafka compares them. */
  readonly name: string
  /** Empty: every interface. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly securityProtocol: SecurityProtocol
}

/** Where a node listens, what it tells others, and which listener is for whom. */
export interface ListenerPlan {
  readonly listeners: readonly Listener[]
  /** What clients are told; those of controllers are not among them. */
  readonly advertised: readonly Listener[]
  /** The node's own listeners for controllers, as other nodes reach them. */
  readonly controllers: readonly Listener[]
  /** Between brokers. */
  readonly interBrokerName: string
  /** Of controllers; the first is the one that brokers use. */
  readonly controllerNames: readonly string[]
}

const LISTENER = /^([\w.-]+):\/\/(\[[^\]]*\]|[^:]*):(-?\d+)$/
const PORT_MAX = 65_535

/** Works out the listeners of a node. With problems the plan is what could be understood of it. */
export function planListeners(settings: BrokerSettings): {
  plan: ListenerPlan
  problems: ConfigProblem[]
} {
  const planner = new Planner(settings)
  const plan = planner.plan()
  return { plan, problems: planner.problems }
}

class Planner {
  readonly problems: ConfigProblem[] = []
  readonly #settings: BrokerSettings
  readonly #protocols: ReadonlyMap<string, SecurityProtocol>
  readonly #controllerNames: readonly string[]

  constructor(settings: BrokerSettings) {
    this.#settings = settings
    this.#controllerNames = (settings.get('controller.listener.names') ?? []).map(upper)
    this.#protocols = this.#protocolMap()
  }

  plan(): ListenerPlan {
    const listeners = this.#parse('listeners', this.#settings.get('listeners'))
    const told = this.#settings.get('advertised.listeners')
    const reached = told === null ? listeners : this.#parse('advertised.listeners', told)
    const isController = ({ name }: Listener): boolean => this.#controllerNames.includes(name)
    const advertised = reached.filter((listener) => !isController(listener))
    const controllers = listeners
      .filter(isController)
      .map((listener) => reached.find(({ name }) => name === listener.name) ?? listener)
    const interBrokerName = upper(
      this.#settings.get('inter.broker.listener.name') ??
        this.#settings.get('security.inter.broker.protocol'),
    )
    // What could not be read would show up here once more.
    if (this.problems.length === 0) {
      this.#checkAdvertised(listeners, advertised)
      this.#checkInterBroker(interBrokerName, advertised)
    }
    const controllerNames = this.#controllerNames
    return { listeners, advertised, controllers, interBrokerName, controllerNames }
  }

  #add(key: string, value: string | null, message: string): void {
    this.problems.push({ key, value, message: `Cannot set ${key}: ${message}` })
  }

  #protocolMap(): Map<string, SecurityProtocol> {
    const key = 'listener.security.protocol.map'
    const map = new Map<string, SecurityProtocol>()
    for (const pair of this.#settings.get(key).split(',')) {
      const [name = '', protocol = ''] = pair.split(':').map((part) => upper(part.trim()))
      if (name in securityProtocolIds || name !== '') {
        if (protocol in securityProtocolIds) map.set(name, protocol as SecurityProtocol)
        else {
          const known = Object.keys(securityProtocolIds).join(', ')
          this.#add(
            key,
            pair,
            `found '${pair}', wanted NAME:PROTOCOL, the protocol one of ${known}`,
          )
        }
      }
    }
    // As in Kafka: a map that nobody wrote gives controllers plain text.
    if (!this.#settings.isSet(key)) {
      for (const name of this.#controllerNames) if (!map.has(name)) map.set(name, 'PLAINTEXT')
    }
    return map
  }

  #parse(key: string, items: readonly string[]): Listener[] {
    const listeners: Listener[] = []
    for (const item of items) {
      const listener = this.#parseOne(key, item)
      if (listener === null) continue
      if (listeners.some(({ name }) => name === listener.name)) {
        this.#add(key, item, `found '${item}', but ${listener.name} stands there twice`)
      } else if (key === 'listeners' && listeners.some((other) => collide(other, listener))) {
        this.#add(key, item, `found '${item}', but another listener has port ${listener.port}`)
      } else {
        listeners.push(listener)
      }
    }
    return listeners
  }

  #parseOne(key: string, item: string): Listener | null {
    const match = LISTENER.exec(item)
    const port = Number(match?.[3] ?? -1)
    if (match === null || port < 0 || port > PORT_MAX) {
      this.#add(
        key,
        item,
        `found '${item}', wanted NAME://host:port, the port from 0 to ${PORT_MAX}`,
      )
      return null
    }
    const name = upper(match[1] ?? '')
    const securityProtocol = this.#protocols.get(name)
    if (securityProtocol === undefined) {
      this.#add(key, item, `found '${item}', but listener.security.protocol.map has no ${name}`)
      return null
    }
    return { name, host: (match[2] ?? '').replace(/^\[|\]$/g, ''), port, securityProtocol }
  }

  #checkAdvertised(listeners: readonly Listener[], advertised: readonly Listener[]): void {
    const key = 'advertised.listeners'
    const names = listeners.map(({ name }) => name)
    for (const { name, host } of advertised) {
      if (host === '0.0.0.0' || host === '::') {
        const hint = 'wanted an address that clients can reach'
        this.#add(key, host, `found '${host}', ${hint}`)
      }
      if (!names.includes(name)) {
        this.#add(key, name, `found '${name}', wanted one of listeners, ${names.join(', ')}`)
      }
    }
  }

  #checkInterBroker(name: string, advertised: readonly Listener[]): void {
    const key = 'inter.broker.listener.name'
    const named = this.#settings.get(key)
    if (named !== null && this.#settings.isSet('security.inter.broker.protocol')) {
      this.#add(key, named, 'only one of it and security.inter.broker.protocol can be set')
    }
    const isBroker = this.#settings.get('process.roles')?.includes('broker') ?? true
    if (isBroker && !advertised.some((listener) => listener.name === name)) {
      const known = advertised.map((listener) => listener.name).join(', ')
      this.#add(key, named, `found '${name}', wanted one of advertised.listeners, ${known}`)
    }
  }
}

/** Two listeners that cannot both be opened. */
function collide(a: Listener, b: Listener): boolean {
  return a.port !== 0 && a.port === b.port && (a.host === b.host || a.host === '' || b.host === '')
}

function upper(text: string): string {
  return text.toUpperCase()
}
