import { Dispatcher } from './dispatch.ts'
import type { Dispatch } from './dispatch.ts'
import type { Handler, Origin } from './handler.ts'
import { Listener } from './listener.ts'
import type { ListenerLimits } from './listener.ts'
import { MemoryBudget } from './memory-budget.ts'
import { RequestMetrics } from './request-metrics.ts'
import type { ListenerAddress, NodeServices } from './services.ts'
import { Turns } from './turns.ts'

/** Listeners that serve the same APIs to the same kind of client. */
export interface Endpoint<Services extends NodeServices = NodeServices> {
  readonly listeners: readonly ListenerAddress[]
  readonly handlers: readonly Handler<Services>[]
  readonly services: Services
}

/** The listeners of one node and what they share: metrics, turns of the loop and the memory budget. */
export class KafkaServer {
  readonly #listeners: Listener[] = []
  readonly #node: NodeServices
  readonly #limits: ListenerLimits
  readonly #metrics: RequestMetrics
  readonly #turns: Turns
  readonly budget: MemoryBudget
  #isServing = false
  #startServing: () => void = () => {}
  readonly #serving = new Promise<void>((resolve) => {
    this.#startServing = resolve
  })

  constructor(node: NodeServices) {
    const { io, settings } = node
    this.#node = node
    this.#metrics = new RequestMetrics(io.telemetry.metrics)
    this.budget = new MemoryBudget(settings.requestMemoryBytesMax)
    this.#turns = new Turns(io.clock)
    this.#limits = {
      frameBytesMax: settings.requestBytesMax,
      // The cluster may change these while the node runs.
      get connectionsMax() {
        return node.settings.connectionsMax
      },
      connectionsPerHostMax: (host) => node.settings.connectionsPerHostMax(host),
      idleMsMax: settings.connectionsIdleMsMax,
    }
    io.telemetry.metrics.register({
      name: 'kafka_server_socketservermetrics_connection_count',
      help: 'Open connections of clients',
      kind: 'gauge',
      collect: () => [
        { value: this.#listeners.reduce((sum, { connectionCount }) => sum + connectionCount, 0) },
      ],
    })
  }

  /**
   * Binds the listeners of an endpoint; the bound ports by listener name. Rejects with NetworkError.
   *
   * @param waits until {@link serve} is called requests are not handled yet
   */
  async open<Services extends NodeServices>(
    { listeners, handlers, services }: Endpoint<Services>,
    { waits }: { waits: boolean },
  ): Promise<ReadonlyMap<string, number>> {
    const dispatcher = new Dispatcher(services, handlers, this.#metrics)
    const ports = new Map<string, number>()
    for (const address of listeners) {
      const listener = this.#listener(address, waits ? this.#onceServing(dispatcher) : dispatcher)
      this.#listeners.push(listener)
      await listener.open()
      ports.set(listener.name, listener.port)
    }
    return ports
  }

  /** From now on requests are handled; what came before this waited. */
  serve(): void {
    this.#isServing = true
    this.#startServing()
  }

  #onceServing(dispatch: Dispatch): Dispatch {
    return {
      start: (frame, origin) => {
        if (this.#isServing) return dispatch.start(frame, origin)
        const response = this.#serving.then(() => dispatch.start(frame, origin).response)
        return { overlaps: false, response }
      },
    }
  }

  #listener({ name, host, port }: ListenerAddress, dispatch: Dispatch): Listener {
    const { io, buffers } = this.#node
    const shared = {
      listenerName: name,
      turns: this.#turns,
      isMemoryShort: () => this.budget.isExhausted,
    }
    return new Listener({
      name,
      host,
      port,
      io,
      limits: this.#limits,
      budget: this.budget,
      turns: this.#turns,
      buffers,
      start: (frame, client) => {
        const onceGone: Origin['onceGone'] = (handler) => client.onceClosed(handler)
        return dispatch.start(frame, { ...shared, clientHost: `/${client.remoteHost}`, onceGone })
      },
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()))
  }
}
